"""What was said: a transcript added, taken away, or corrected in the page."""

import streamlit as st

from emotion_core.errors import EmotionCoreError
from emotion_core.recording.captions.reading import table_of, transcript_of
from emotion_core.recording.transcript import Transcript

from .answer import show_notices
from .recording_open import OpenRecording
from .recording_source import chosen_transcript

PATIENCE_S = 2.0
"""short transcripts are read within it"""
EDITED = "edited"


def _read(recording: OpenRecording, transcript: Transcript | None) -> None:
    recording.read_words(transcript)
    recording.job.wait(PATIENCE_S)
    st.rerun()


def _editor(recording: OpenRecording, transcript: Transcript) -> None:
    """The cues as a table that can be changed."""
    origin = transcript.origin
    before = table_of(transcript)
    table = st.data_editor(
        before,
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        column_order=("text", "start_s", "end_s", "speaker"),
        column_config={
            "start_s": st.column_config.NumberColumn("from (s)", min_value=0.0, format="%.2f"),
            "end_s": st.column_config.NumberColumn("to (s)", min_value=0.0, format="%.2f"),
            "speaker": st.column_config.TextColumn("speaker", width="small"),
            "text": st.column_config.TextColumn("words", width="large"),
        },
        key=f"recording_words_{recording.revision}",
    )
    with st.container(horizontal=True):
        applied = st.button(
            "Apply the edited words",
            type="primary",
            disabled=table.equals(before),
            icon=":material/check:",
            key="recording_words_apply",
        )
        removed = st.button(
            "Remove the words", icon=":material/subtitles_off:", key="recording_words_remove"
        )
    if removed:
        _read(recording, None)
    if applied:
        try:
            name = origin if EDITED in origin else f"{origin}, {EDITED}"
            edited = transcript_of(table, name, transcript.reliability)
        except EmotionCoreError as error:
            st.error(str(error))
            return
        _read(recording, edited)


def words_section(recording: OpenRecording, transcript: Transcript | None) -> None:
    """Draw the fold with the words.

    Args:
        recording: analysed
        transcript: its words; None where it has none
    """
    title = "Add a transcript" if transcript is None else f"Words ({transcript.origin}): edit them"
    with st.expander(title, icon=":material/subtitles:", key="recording_words"):
        if transcript is not None:
            show_notices(transcript.notices)
            _editor(recording, transcript)
        given = chosen_transcript(
            "Another transcript: SRT, WebVTT or plain text"
            if transcript
            else "A transcript: SRT, WebVTT or plain text",
            "recording_words_upload",
        )
        if given is not None and st.button(
            "Take this transcript", icon=":material/check:", key="recording_words_take"
        ):
            _read(recording, given)
        st.caption(
            "Other words are fused anew with what was seen and heard; nothing is looked at or "
            "listened to again."
        )
