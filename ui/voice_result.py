"""What was heard in one recording: answer, player with lanes, prosody, reasons, segments."""

import streamlit as st

from emotion_core.audio.analysis import VoiceAnalysis
from emotion_core.types import EmotionScores

from .answer import answer_card, show_notices
from .charts import probability_bars, show
from .models import VoiceChoice
from .player import player, served
from .voice_jobs import Heard, RecordingJob, notices
from .voice_lanes import voice_lanes
from .voice_prosody import voice_prosody
from .voice_segments import segment_table
from .voice_why import SEGMENT, nearest_segment, why

PLAYER = "voice_player"


def _answer(choice: VoiceChoice, whole: EmotionScores, time_s: float) -> None:
    """The emotion of the whole."""
    scores = choice.judge(whole)
    answer_card(scores, choice.level, 1000 * time_s)
    st.subheader("Probabilities")
    alt = f"Probability of each label; the largest is {scores.label}"
    show(probability_bars(scores, choice.level), "voice_probabilities", alt)
    if choice.level:
        st.caption(f"The dotted line is the level of {choice.level:.0%} that counts as sure.")


def _summary(choice: VoiceChoice, analysis: VoiceAnalysis, time_s: float) -> None:
    """What holds for the recording as a whole."""
    if analysis.scores is None:
        show_notices(notices(analysis))
        return
    left, right = st.columns(2, gap="large")
    with left:
        _answer(choice, analysis.scores, time_s)
    with right:
        show_notices(notices(analysis))
        st.subheader("How it was said")
        voice_prosody(analysis)


def _timeline(choice: VoiceChoice, job: RecordingJob, heard: Heard) -> None:
    """The player; a click also picks the segment to explain."""
    analysis = heard.analysis

    def pick(time_s: float) -> None:
        if len(analysis.timeline):
            st.session_state[SEGMENT] = nearest_segment(analysis.timeline, time_s)

    st.subheader("Second by second")
    if heard.medium is None:
        st.info("This recording is too long to be converted for the browser, so it is not played.")
    url = served(heard.spectrogram, "image/png", f"{PLAYER}.spectrogram")
    lanes = voice_lanes(choice, analysis, url)
    player(heard.medium, analysis.duration_s, lanes, PLAYER, pick, job.convert)


def voice_result(choice: VoiceChoice, job: RecordingJob) -> None:
    """Show what a job has heard."""
    if job.heard is None:
        st.error(job.error)
        return
    analysis = job.heard.analysis
    if job.listening.profile is not None:
        st.caption("Judged against the ordinary voice of this person (voice calibration).")
    _summary(choice, analysis, job.elapsed_s)
    _timeline(choice, job, job.heard)
    if len(analysis.timeline):
        timeline, uncertain = choice.judge_timeline(analysis.timeline)
        why(job, timeline)
        segment_table(job.recording.name, timeline, uncertain)
