"""What drove the answer to one segment."""

import streamlit as st

from emotion_core.errors import EmotionCoreError
from emotion_core.types import EmotionTimeline

from .charts import show
from .palette import titled
from .voice_charts import weight_map
from .voice_jobs import RecordingJob

SEGMENT = "voice_segment"


def nearest_segment(timeline: EmotionTimeline, time_s: float) -> int:
    """The segment whose centre is nearest to a moment."""
    return int(abs(timeline.spans_s.mean(1) - time_s).argmin())


def _named(timeline: EmotionTimeline, i: int) -> str:
    start, end = timeline.spans_s[i]
    best = timeline.probabilities[i].argmax()
    share = timeline.probabilities[i, best]
    return f"{start:.1f} to {end:.1f} s: {titled(timeline.labels[best])} {share:.0%}"


def why(job: RecordingJob, timeline: EmotionTimeline) -> None:
    """Choose a segment and see which regions of its spectrogram drove the answer.

    Args:
        job: that has ended
        timeline: of its answers in the chosen label set, with one segment or more
    """
    st.subheader("What drove the answer")
    segments = range(len(timeline))
    strongest = int(timeline.probabilities.max(1).argmax())
    if st.session_state.get(SEGMENT) not in segments:
        st.session_state[SEGMENT] = strongest
    picked = st.selectbox(
        "Segment",
        segments,
        format_func=lambda i: _named(timeline, i),
        key=SEGMENT,
        help="Or click a moment in the player.",
    )
    try:
        with st.spinner("Listening to the segment again…"):
            explained = job.explanation(picked)
    except EmotionCoreError as error:
        st.error(str(error))
        return
    alt = f"Spectrogram of the segment with the regions that speak for {explained.label}"
    show(weight_map(explained), "voice_why", alt)
    st.caption(
        f"Time runs to the right, pitch upwards, and bright is loud. Orange regions with a solid "
        f"outline speak for **{explained.label}**: without them it would be less probable. Blue "
        "ones with a dotted outline speak against it."
    )
