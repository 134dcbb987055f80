"""A recording in figures: what was most often on top, for how long, and what each contributed."""

import streamlit as st

from emotion_core.fusion.evidence import SPOKEN_NAME
from emotion_core.markup import clock
from emotion_core.recording.analysis import RecordingAnalysis
from emotion_core.recording.summary import RecordingSummary

from .charts import show
from .face_people import shown_people
from .palette import titled
from .recording_charts import contribution_bars, share_bars
from .recording_lanes import MODALITY_COLOURS
from .recording_open import Findings

SHIFTS_AT_MOST = 8


def headline(summary: RecordingSummary) -> None:
    """The whole in a sentence or two."""
    total_s = summary.overall.total_s
    if not total_s:
        return
    overall = summary.overall
    best = max(overall.seconds, key=lambda label: overall.seconds[label])
    share, unsure = overall.seconds[best] / total_s, overall.uncertain_s[best]
    doubt = ", most of it uncertain" if 2 * unsure > overall.seconds[best] else ""
    parts = [
        f"Most often **{titled(best)}**: {share:.0%} of {clock(total_s)} with an answer{doubt}."
    ]
    if summary.conflict_count:
        times = "once" if summary.conflict_count == 1 else f"{summary.conflict_count} times"
        parts.append(
            f"Words, voice and face clearly disagree {times}, {summary.conflict_s:.0f} s in all."
        )
    elif summary.compared:
        parts.append("No clear disagreement of words, voice and face was found.")
    st.markdown(" ".join(parts))


def _distribution(judged: RecordingAnalysis, summary: RecordingSummary) -> None:
    st.subheader("How long each emotion was on top")
    rows = {"All, fused": summary.overall.seconds}
    shown = {p.track_id for p in shown_people(judged.faces)} if judged.faces else set()
    rows |= {p.title: p.face.seconds for p in summary.persons if p.number in shown}
    show(share_bars(rows, summary.labels), "recording_shares", "Share of time of each emotion")
    st.caption(
        "The first bar is the fused answer over the whole recording; the others are what each "
        "person's face alone expressed while it was seen."
    )


def _contributions(summary: RecordingSummary) -> None:
    st.subheader("How much each contributed")
    shares = {SPOKEN_NAME[m]: c.mean for m, c in summary.contributions.items()}
    colours = {SPOKEN_NAME[m]: colour for m, colour in MODALITY_COLOURS.items()}
    show(contribution_bars(shares, colours), "recording_parts", "Share of each in the answers")
    there = ", ".join(
        f"{SPOKEN_NAME[m]} {c.there_share:.0%}" for m, c in summary.contributions.items()
    )
    agreed = (
        f" Of the moments in which two or more took part, {summary.agreeing:.0%} have no clear "
        "disagreement."
        if summary.compared
        else ""
    )
    st.caption(
        f"Mean share of each in the fused answers; the lane above shows it along time. Of the "
        f"recording, there were {there}.{agreed}"
    )


def _shifts(summary: RecordingSummary) -> None:
    if not summary.shifts:
        return
    said = [
        f"at {clock(s.time_s)} from {titled(s.before)} to {titled(s.after)}"
        for s in summary.shifts[:SHIFTS_AT_MOST]
    ]
    more = len(summary.shifts) - len(said)
    st.markdown("**Changes that lasted:** " + "; ".join(said) + f"; and {more} more" * bool(more))


def figures(findings: Findings) -> None:
    """Draw the charts, and say which changes lasted."""
    if not findings.summary.overall.total_s:
        return
    left, right = st.columns(2, gap="large")
    with left:
        _distribution(findings.judged, findings.summary)
    with right:
        _contributions(findings.summary)
    _shifts(findings.summary)
