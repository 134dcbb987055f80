"""What can be taken along: table, figures, report, subtitles, annotated video."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from emotion_core.recording.analysis import WordsAnalysis
from emotion_core.recording.answers import recording_columns, recording_rows
from emotion_core.recording.captions.subtitles import webvtt
from emotion_core.recording.record import summary_record
from emotion_core.recording.report.page import html_report

from .palette import colour
from .recording_film import annotated_video
from .recording_open import Findings, OpenRecording
from .tables import exported, frame_of


class DownloadFile(NamedTuple):
    """A file to download."""

    name: str
    """written on the button"""
    ending: str
    """of its name, after that of the recording"""
    mime: str
    content: Callable[[], bytes]


def _table(findings: Findings) -> bytes:
    judged = findings.judged
    rows = recording_rows(judged.name, judged, judged.labels)
    return exported(frame_of(rows, recording_columns(judged.labels)), ".csv")


def _figures(findings: Findings) -> bytes:
    record = summary_record(findings.judged, findings.summary, findings.models)
    return json.dumps(record, ensure_ascii=False, indent=2).encode()


def _report(findings: Findings, pictures: bool) -> bytes:
    return html_report(
        findings.judged, pictures=pictures, models=findings.models, portraits=findings.portraits
    ).encode()


def _subtitles(words: WordsAnalysis, labels: tuple[str, ...]) -> bytes:
    said = [scores.label if scores is not None else "" for scores in words.scores]
    return webvtt(words.transcript, said, {label: colour(label) for label in labels}).encode()


def files(findings: Findings, pictures: bool) -> list[DownloadFile]:
    """What can be downloaded of an analysis.

    Args:
        findings: of a recording
        pictures: whether the report shows faces
    """
    found = [
        DownloadFile("report", "report.html", "text/html", lambda: _report(findings, pictures)),
        DownloadFile("CSV", "timeline.csv", "text/csv", lambda: _table(findings)),
        DownloadFile("JSON", "summary.json", "application/json", lambda: _figures(findings)),
    ]
    words, labels = findings.judged.words, findings.judged.labels
    if words is not None and len(words.transcript):
        found.append(
            DownloadFile("WebVTT", "subtitles.vtt", "text/vtt", lambda: _subtitles(words, labels))
        )
    return found


def downloads(recording: OpenRecording, findings: Findings) -> None:
    """A button for each file, and the annotated video."""
    st.subheader("Download")
    faces = findings.judged.faces
    people = faces is not None and len(faces.people) > 0
    pictures = not people or st.toggle(
        "Pictures of the faces in the report", value=True, key="recording_pictures"
    )
    stem = Path(recording.upload.name).stem
    with st.container(horizontal=True):
        for name, ending, mime, content in files(findings, pictures):
            st.download_button(
                f"Download {name}",
                content,
                f"{stem} {ending}",
                mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"recording_download_{ending}",
            )
    st.caption(
        "The report is one page that needs no connection. The table has a row for each line of "
        "words, window of speech, sampled face and fused window; the subtitles carry the emotion "
        "of each line."
    )
    if faces is not None and (people or len(findings.judged.fused.timeline)):
        annotated_video(recording, findings.judged)
