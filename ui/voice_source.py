"""Where a recording comes from: an upload, the microphone, or the example."""

import streamlit as st

from .uploads import EXAMPLE, Upload, example_button, given_or_example, last_given, take
from .voice_example import EXAMPLE_NAME, example_recording

ENDINGS = (
    "wav", "flac", "mp3", "ogg", "opus", "m4a", "aac", "webm", "mp4", "mov", "mkv", "avi",
)  # fmt: skip
UPLOAD_MB = 1300
"""two hours of CD sound"""


def uploaded_or_recorded(label: str, key: str) -> Upload | None:
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
            on_change=take,
            args=(key, "upload"),
            max_upload_size=UPLOAD_MB,
        ),
        "record": right.audio_input(
            "Or record with the microphone",
            key=f"{key}_record",
            on_change=take,
            args=(key, "record"),
        ),
    }
    return last_given(key, files)


def chosen_recording(key: str, earlier: Upload | None) -> Upload | None:
    """The recording to listen to, if there is one.

    Args:
        key: prefix of the widgets' keys
        earlier: what was chosen before, kept while a person visits another page
    """
    found = uploaded_or_recorded("A recording of speech, up to two hours", key)
    example_button("Try a synthetic voice-like sound", key, ":material/graphic_eq:")
    return given_or_example(
        key, found, earlier, lambda: Upload(EXAMPLE, EXAMPLE_NAME, example_recording())
    )
