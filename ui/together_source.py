"""A sentence, a voice and a face, each given in a column of its own, or all three as an example."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from emotion_core.face.image import read_image

from .examples import SENTENCES
from .face_example import SIZE_WH, example_picture
from .face_seen import encoded
from .face_source import CAMERA, ORIGINS, PICTURE_MB, PICTURES, UPLOAD
from .uploads import EXAMPLE, Upload, given_or_example, last_given, take
from .voice_example import EXAMPLE_NAME, example_recording
from .voice_source import ENDINGS

TEXT, VOICE, FACE = "together_text", "together_voice", "together_face"
"""prefixes of the widgets' keys"""
RECORD = "record"
VOICE_ORIGINS = {UPLOAD: ORIGINS[UPLOAD], RECORD: ":material/mic: The microphone"}
VOICE_MB = 100
TEXT_PX = 198
"""so that it ends where the file choosers beside it do"""
SENTENCE = SENTENCES[0]
FACE_NAME = "drawn face.png"


@dataclass(frozen=True)
class Given:
    """What a person gave; empty or None where nothing is.

    Attributes:
        text: as typed
        voice: a short recording
        face: a picture
    """

    text: str
    voice: Upload | None
    face: Upload | None

    @property
    def synthetic(self) -> bool:
        """Whether the example's voice or face is among it."""
        return any(
            file is not None and file.identity == EXAMPLE for file in (self.voice, self.face)
        )


def _example_face() -> bytes:
    """One of the two drawn faces, as a PNG."""
    left = read_image(example_picture()).frame[:, : SIZE_WH[0] // 2]
    return encoded(left, ".png")


def _take_examples() -> None:
    st.session_state[TEXT] = SENTENCE
    for key in (VOICE, FACE):
        st.session_state[f"{key}_{EXAMPLE}"] = True
        take(key, EXAMPLE)


def examples_button() -> None:
    """A button that fills all three."""
    st.button(
        "Try a sentence, a synthetic voice and a drawn face",
        on_click=_take_examples,
        icon=":material/draw:",
        key="together_example",
    )


def typed() -> str:
    """The sentence, without blanks around it."""
    st.text_area(
        "A sentence",
        key=TEXT,
        placeholder="What was said? (Ctrl+Enter answers)",
        height=TEXT_PX,
        persist_state="session",
    )
    return st.session_state[TEXT].strip()


def _origin(label: str, origins: Mapping[str, str], key: str) -> str:
    return st.segmented_control(
        label,
        list(origins),
        format_func=origins.__getitem__,
        default=UPLOAD,
        required=True,
        key=f"{key}_from",
    )


def chosen_voice(earlier: Upload | None) -> Upload | None:
    """The recording, if there is one; the microphone is asked for only once it is chosen.

    Args:
        earlier: what was chosen before, kept while a person visits another page
    """
    origin = _origin("Voice from", VOICE_ORIGINS, VOICE)
    if origin == RECORD:
        file = st.audio_input(
            "Say something", key=f"{VOICE}_{RECORD}", on_change=take, args=(VOICE, RECORD)
        )
    else:
        file = st.file_uploader(
            "A short recording of one voice",
            type=ENDINGS,
            key=f"{VOICE}_{UPLOAD}",
            on_change=take,
            args=(VOICE, UPLOAD),
            max_upload_size=VOICE_MB,
        )
    found = last_given(VOICE, {origin: file})
    return given_or_example(
        VOICE, found, earlier, lambda: Upload(EXAMPLE, EXAMPLE_NAME, example_recording())
    )


def chosen_face(earlier: Upload | None) -> Upload | None:
    """The picture, if there is one; `earlier` and the camera as for `chosen_voice`."""
    origin = _origin("Face from", ORIGINS, FACE)
    if origin == CAMERA:
        file = st.camera_input(
            "Take a picture", key=f"{FACE}_{CAMERA}", on_change=take, args=(FACE, CAMERA)
        )
    else:
        file = st.file_uploader(
            "A picture with one face",
            type=PICTURES,
            key=f"{FACE}_{UPLOAD}",
            on_change=take,
            args=(FACE, UPLOAD),
            max_upload_size=PICTURE_MB,
        )
    found = last_given(FACE, {origin: file})
    return given_or_example(
        FACE, found, earlier, lambda: Upload(EXAMPLE, FACE_NAME, _example_face())
    )
