"""Where a recording comes from: an upload, the microphone, or the example."""

import streamlit as st

from .voice_example import EXAMPLE_NAME, example_recording
from .voice_sound import Recording

ENDINGS = (
    "wav", "flac", "mp3", "ogg", "opus", "m4a", "aac", "webm", "mp4", "mov", "mkv", "avi",
)  # fmt: skip
UPLOAD_MB = 1300
"""two hours of CD sound"""


def _origin(key: str) -> str:
    return f"{key}_origin"


def _take(key: str, kind: str) -> None:
    """Remember which widget was used last; a file that was removed is forgotten."""
    if st.session_state[f"{key}_{kind}"] is None:
        st.session_state.pop(_origin(key), None)
    else:
        st.session_state[_origin(key)] = kind


def uploaded_or_recorded(label: str, key: str) -> Recording | None:
    """A file chooser beside a microphone; of the two, what was given last.

    Args:
        label: of the file chooser
        key: prefix of the widgets' keys, `<key>_upload` and `<key>_record`
    """
    left, right = st.columns(2, gap="medium")
    files = {
        "upload": left.file_uploader(
            label,
            type=ENDINGS,
            key=f"{key}_upload",
            on_change=_take,
            args=(key, "upload"),
            max_upload_size=UPLOAD_MB,
        ),
        "record": right.audio_input(
            "Or record with the microphone",
            key=f"{key}_record",
            on_change=_take,
            args=(key, "record"),
        ),
    }
    file = files.get(st.session_state.get(_origin(key), ""))
    return None if file is None else Recording(file.file_id, file.name, file.getvalue())


def _take_example(key: str) -> None:
    st.session_state[_origin(key)] = "example"


def chosen_recording(key: str, earlier: Recording | None) -> Recording | None:
    """The recording to listen to, if there is one.

    Args:
        key: prefix of the widgets' keys
        earlier: what was chosen before, kept while a person visits another page
    """
    found = uploaded_or_recorded("A recording of speech, up to two hours", key)
    st.button(
        "Try a synthetic voice-like sound",
        on_click=_take_example,
        args=(key,),
        icon=":material/graphic_eq:",
        key=f"{key}_example",
    )
    origin = st.session_state.get(_origin(key))
    if origin is None:
        return None
    if origin == "example":
        return Recording("example", EXAMPLE_NAME, example_recording())
    return found or earlier
