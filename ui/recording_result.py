"""What was found in a recording: player with lanes, figures, words, downloads."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from emotion_core.markup import clock
from emotion_core.recording.analysis import RecordingAnalysis, Stage
from emotion_core.recording.pipeline import RecordingModel
from emotion_core.recording.summary import notices_of

from .answer import show_notices
from .face_people import PEOPLE_AT_MOST
from .player import Lane, Medium, player
from .recording_again import again_section
from .recording_downloads import downloads
from .recording_figures import figures, headline
from .recording_lanes import recording_lanes
from .recording_moments import conflict_pictures, recording_moments
from .recording_open import Findings, OpenRecording
from .recording_words import words_section

PLAYER = "recording_player"
PLAYED_INSTEAD = {None: "nothing", "audio": "its sound", "video": "the annotated video"}
LACKS: dict[Stage, str] = {
    "voice": "No voice",
    "words": "No words",
    "faces": "No faces",
    "fusion": "Nothing was fused",
}
NO_FACE = (
    "No face was found, so words and voice stand alone. Faces are found best from the front, "
    "evenly lit and in focus; one in sight for a moment only, with more frames a second."
)
NOTHING = (
    "**Nobody speaks and nobody is seen in this recording, so there is no answer.** Choose one "
    "with speech or a face, or add a transcript below."
)


def _speakers(judged: RecordingAnalysis) -> str:
    """What to know where more people are named than are seen; empty where that is not so."""
    if judged.words is None or judged.faces is None or not judged.faces.people:
        return ""
    names = {cue.speaker for cue in judged.words.transcript.cues if cue.speaker}
    seen = len(judged.faces.people)
    if len(names) <= seen:
        return ""
    faces = "one face is" if seen == 1 else f"{seen} faces are"
    return (
        f"{len(names)} people speak and {faces} seen: where the one who speaks is not in sight, "
        "the words are set against the face that is, which may belong to a listener"
    )


def _notices(notices: list[str]) -> None:
    """What to know of how it was read, several in one box."""
    if len(notices) > 1:
        lines = (f"- {notice[:1].upper()}{notice[1:]}." for notice in notices)
        st.warning("\n".join(lines), icon=":material/info:")
    else:
        show_notices(notices)


def _states(recording: OpenRecording, judged: RecordingAnalysis) -> None:
    """What is missing, and why."""
    if judged.stopped:
        st.warning("Stopped before its end: what follows is of the part that was done.")
        st.button(
            "Go on", on_click=recording.go_on, icon=":material/play_arrow:", key="recording_go_on"
        )
    for stage, reason in judged.failures.items():
        st.info(f"{LACKS[stage]}: {reason}.", icon=":material/info:")
    if judged.faces is not None and not judged.faces.people:
        st.info(NO_FACE, icon=":material/face_retouching_off:")
    _notices([n for n in (*notices_of(judged), _speakers(judged)) if n])
    if not len(judged.fused.timeline):
        st.warning(NOTHING)


def _unplayable(recording: OpenRecording, judged: RecordingAnalysis, medium: Medium | None) -> None:
    """Say what is played instead of a file that the browser cannot play."""
    kind = Path(recording.upload.name).suffix.upper()[1:]
    instead = f"{PLAYED_INSTEAD[medium and medium.kind]} is played instead"
    drawn = medium is not None and medium.kind == "video"
    if not drawn and judged.faces is not None and judged.faces.people:
        instead += "; make the annotated video below, and it plays here"
    st.info(f"The browser cannot play this {kind} file; {instead}.")


def _lanes(
    findings: Findings, names: Mapping[int, str], pictures: Mapping[float, str]
) -> list[Lane]:
    """The lanes, and who has none."""
    faces = findings.judged.faces
    if faces is not None and len(faces.people) > PEOPLE_AT_MOST:
        st.info(f"The {PEOPLE_AT_MOST} who were seen longest have a lane; the table has all.")
    return recording_lanes(findings.judged, names, pictures)


def _timeline(recording: OpenRecording, findings: Findings) -> None:
    judged = findings.judged
    st.subheader("Second by second")
    with st.spinner("Preparing the player…"):
        medium = recording.medium()
    if recording.unplayable:
        _unplayable(recording, judged, medium)
    names = {person.number: person.name for person in findings.summary.persons if person.name}
    pictures = conflict_pictures(findings.portraits, PLAYER)
    lanes = _lanes(findings, names, pictures)
    moments = recording_moments(judged, findings.summary.moments, names, PLAYER, pictures)
    player(medium, judged.duration_s, lanes, PLAYER, None, recording.give_up_playing, moments)
    st.caption(
        "Each lane is coloured by the most probable emotion: hatched where that is uncertain, "
        "empty where nothing is said, heard or seen. Under the lanes are the strongest moments "
        "and those at which two disagree."
    )


def _caption(recording: OpenRecording, judged: RecordingAnalysis) -> None:
    people = len(judged.faces.people) if judged.faces else 0
    parts = [clock(judged.duration_s)]
    if judged.faces is not None:
        parts.append(f"{people} {'person' if people == 1 else 'people'} seen")
    if judged.words is not None:
        lines = len(judged.words.transcript)
        parts.append(f"{lines:,} {'line' if lines == 1 else 'lines'} of words")
    parts.append(f"answered in {recording.job.elapsed_s:.1f} s")
    st.caption(", ".join(parts))


def recording_result(recording: OpenRecording, model: RecordingModel | None) -> None:
    """Show what was found.

    Args:
        recording: no longer being analysed
        model: chosen now, to analyse it once more; None where none can be opened
    """
    if recording.job.error:
        st.error(recording.job.error)
    findings = recording.findings()
    if findings is not None:
        judged = findings.judged
        _caption(recording, judged)
        _states(recording, judged)
        headline(findings.summary)
        _timeline(recording, findings)
        figures(findings)
        words_section(recording, judged.words and judged.words.transcript)
        downloads(recording, findings)
    again_section(recording, model)
