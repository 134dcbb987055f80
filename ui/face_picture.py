"""The tab that looks at one picture."""

from itertools import chain

import streamlit as st

from emotion_core.errors import EmotionCoreError
from emotion_core.face.people import thumbnail
from emotion_core.types import EmotionScores

from .answer import show_notices
from .downloads import csv_and_json, download_buttons
from .face_card import face_card
from .face_rows import picture_columns, picture_rows
from .face_seen import SeenPicture, encoded, look_at
from .face_source import chosen_picture
from .face_why import face_why
from .models import FaceChoice
from .tables import frame_of

SEEN, FACE = "photo_seen", "photo_face"
CARDS_IN_SIGHT, CARDS_PX = 4, 640
NO_FACE = (
    "**No face was found, so there is no answer.** Faces are found best from the front, evenly lit "
    "and in focus, with eyes, nose and mouth in sight. Try a picture that is brighter, or one in "
    "which the face is larger: cut it out, or go closer."
)


def _seen(choice: FaceChoice) -> SeenPicture | None:
    """What is in the picture that is chosen now; the last one is kept."""
    seen: SeenPicture | None = st.session_state.get(SEEN)
    picture = chosen_picture(seen and seen.upload)
    if picture is None:
        st.session_state.pop(SEEN, None)
        st.info("Choose or take a picture, or try the drawn faces: the answer appears here.")
        return None
    if seen is None or not seen.same(choice.model, picture):
        st.session_state.pop(SEEN, None)
        st.session_state.pop(FACE, None)
        with st.spinner("Looking for faces…"):
            seen = st.session_state[SEEN] = look_at(choice.model, picture)
    return seen


def _choose_face(face: int) -> None:
    st.session_state[FACE] = face


def _cards(seen: SeenPicture, judged: list[EmotionScores], level: float, chosen: int) -> None:
    """A card for each face, with a button that chooses it."""
    with st.container(height=CARDS_PX if len(judged) > CARDS_IN_SIGHT else "content", border=False):
        for face, scores in enumerate(judged):
            portrait = thumbnail(seen.frame, seen.found.faces.boxes_xyxy[face])
            with st.container(gap="xsmall"):
                face_card(portrait, f"Face {face + 1}", scores, level)
                st.button(
                    f"What drove face {face + 1}?",
                    on_click=_choose_face,
                    args=(face,),
                    type="primary" if face == chosen else "secondary",
                    width="stretch",
                    key=f"photo_why_{face}",
                )


def _downloads(seen: SeenPicture, choice: FaceChoice, judged: list[EmotionScores]) -> None:
    st.subheader("Download")
    blur = st.toggle("Blur the faces in the picture", key="photo_blur")
    labels, multi_label = choice.labels, choice.model.spec.multi_label
    with st.container(horizontal=True):
        st.download_button(
            "Download blurred picture" if blur else "Download picture",
            lambda: encoded(seen.drawn(judged, blur), ".png"),
            "faces.png",
            "image/png",
            on_click="ignore",
            icon=":material/download:",
            key="photo_download_png",
        )
        download_buttons(
            csv_and_json("faces"),
            lambda: frame_of(
                picture_rows(seen.upload.name, seen.in_upload, judged, labels, multi_label),
                picture_columns(labels, multi_label),
            ),
            "photo",
        )


def _result(seen: SeenPicture, choice: FaceChoice) -> None:
    """Picture and cards side by side, reasons and downloads under them."""
    judged = seen.judged(choice)
    show_notices(list(dict.fromkeys(chain(seen.found.notices, *(s.notices for s in judged)))))
    chosen = min(st.session_state.get(FACE, 0), max(0, len(judged) - 1))
    picture, cards = st.columns([3, 2], gap="large")
    with picture:
        said = f"{len(judged)} {'face' if len(judged) == 1 else 'faces'}"
        drawn = encoded(seen.shown(judged))
        st.image(drawn, width="stretch", alt=f"{seen.upload.name} with {said}")
        st.caption(f"{seen.upload.name}: {said}, answered in {seen.elapsed_s:.1f} s")
    if not judged:
        cards.warning(NO_FACE, icon=":material/face_retouching_off:")
        return
    with cards:
        _cards(seen, judged, choice.level, chosen)
    face_why(seen, choice, chosen)
    _downloads(seen, choice, judged)


@st.fragment
def face_picture(choice: FaceChoice) -> None:
    """Draw the tab."""
    try:
        seen = _seen(choice)
    except EmotionCoreError as error:
        st.error(str(error))
        return
    if seen is not None:
        _result(seen, choice)
