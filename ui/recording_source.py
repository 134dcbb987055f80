"""Where a recording comes from, and how it is to be analysed."""

from collections.abc import Mapping

import streamlit as st

from emotion_core.audio.decode import ENDINGS as SOUNDS
from emotion_core.errors import EmotionCoreError
from emotion_core.face.answers import VIDEO_ENDINGS
from emotion_core.recording.analysis import Looking
from emotion_core.recording.captions.reading import is_timed, read_transcript
from emotion_core.recording.pipeline import RecordingModel
from emotion_core.recording.recognition.recogniser import POCKETSPHINX, available_recognisers
from emotion_core.recording.transcript import Transcript

from .answer import show_notices
from .face_source import VIDEO_MB
from .face_video import RATES
from .recording_example import WORDS, example
from .recording_jobs import Task
from .uploads import uploaded

KINDS = [e.removeprefix(".") for e in dict.fromkeys((*VIDEO_ENDINGS, *SOUNDS))]
TRANSCRIPTS = ("srt", "vtt", "txt")
TRANSCRIPT_MB = 10
NO_RECOGNISER = ""
RECOGNISERS: Mapping[str, str] = {
    NO_RECOGNISER: "no: only a transcript that I give",
    POCKETSPHINX: "pocketsphinx: rough, English alone, many words will be wrong",
}


def choose_looking(key: str, start: Looking) -> Looking:
    """The widgets that say how to look and listen.

    Args:
        key: prefix of their keys
        start: what they show first
    """
    first, second, third = st.columns(3, gap="medium")
    fps = first.select_slider(
        "Frames looked at", RATES, start.fps, format_func=lambda rate: f"{rate:g} a second",
        key=f"{key}_fps", help="More follow quick changes and take longer.",
    )  # fmt: skip
    window_s = second.slider(
        "Window", 1.0, 10.0, start.window_s, 0.5, format="%.1f s", key=f"{key}_window",
        help="Length of the stretch that each fused answer is about. Short ones follow quick "
        "changes, long ones are surer.",
    )  # fmt: skip
    hop_s = third.slider(
        "Step", 0.25, 5.0, start.hop_s, 0.25, format="%.2f s", key=f"{key}_hop",
        help="From the start of one window to that of the next; at most the window.",
    )  # fmt: skip
    return Looking(fps, window_s, min(hop_s, window_s))


def choose_recogniser(key: str, start: str = NO_RECOGNISER) -> str:
    """What writes the words down where no transcript is given; nothing where none is installed.

    Args:
        key: prefix of the widget's key
        start: what it shows first
    """
    found = [NO_RECOGNISER, *available_recognisers()]
    if len(found) == 1:
        return NO_RECOGNISER
    chosen = st.selectbox(
        "Recognise the words",
        found,
        found.index(start) if start in found else 0,
        format_func=lambda name: RECOGNISERS.get(name, name),
        key=f"{key}_recogniser",
        help="Only where no transcript is given. What a recogniser gets wrong misleads the "
        "words' emotions too, so they count for less.",
    )
    return chosen or NO_RECOGNISER


def chosen_transcript(label: str, key: str) -> Transcript | None:
    """An uploaded transcript; None without one, or with the reason shown why it is none."""
    file = st.file_uploader(label, type=TRANSCRIPTS, key=key, max_upload_size=TRANSCRIPT_MB)
    if file is None:
        return None
    try:
        transcript = read_transcript(file.getvalue(), file.name)
    except EmotionCoreError as error:
        st.error(str(error))
        return None
    timed = "with times" if is_timed(transcript) else "times will be estimated"
    lines = "1 line" if len(transcript) == 1 else f"{len(transcript):,} lines"
    st.caption(f"{lines} of words, {transcript.origin}, {timed}")
    show_notices(transcript.notices)
    return transcript


def _example(model: RecordingModel, looking: Looking) -> Task:
    with st.spinner("Drawing the film and computing the voice…"):
        return Task(example(), model, looking, transcript=WORDS)


def chosen_task(model: RecordingModel) -> Task | None:
    """What to analyse, once a person asks for it."""
    left, right = st.columns(2, gap="medium")
    file = left.file_uploader(
        "A video, or sound alone, up to two hours",
        type=KINDS,
        key="recording_upload",
        max_upload_size=VIDEO_MB,
    )
    with right:
        transcript = chosen_transcript(
            "Its transcript, if there is one: SRT, WebVTT or plain text", "recording_transcript"
        )
    with st.expander("Frames, windows and speech recognition", icon=":material/tune:"):
        looking = choose_looking("recording", Looking())
        recogniser = choose_recogniser("recording")
    with st.container(horizontal=True):
        start = st.button(
            "Analyse",
            type="primary",
            disabled=file is None,
            icon=":material/play_arrow:",
            key="recording_start",
        )
        tried = st.button(
            "Try a synthetic example", icon=":material/draw:", key="recording_example"
        )
    if tried:
        return _example(model, looking)
    if file is None:
        st.info("Upload a recording, or try the example: the answer appears here.")
    if file is None or not start:
        return None
    return Task(uploaded(file), model, looking, recogniser, transcript)
