"""What drove the answer to one face, and what the network saw of it."""

import numpy as np
import streamlit as st

from emotion_core.errors import EmotionCoreError
from emotion_core.face.analysis import FaceWeights
from emotion_core.face.draw import draw_heat
from emotion_core.types import EmotionScores

from .charts import probability_bars, show
from .face_seen import SeenPicture, encoded
from .models import FaceChoice
from .palette import titled

HEAT_PX = 320
ENLARGED = 5
METHODS = {"grad-cam": "Grad-CAM", "occlusion": "occlusion"}


def _chosen_label(scores: EmotionScores, face: int) -> str:
    """One of the model's own labels, the most probable first."""
    shares = scores.as_dict()
    return st.selectbox(
        "Explain",
        sorted(scores.labels, key=lambda label: -shares[label]),
        format_func=lambda label: f"{titled(label)} {shares[label]:.0%}",
        key=f"photo_label_{face}",
    )


def _overlay(explained: FaceWeights) -> None:
    st.image(
        encoded(draw_heat(explained, HEAT_PX)),
        width=HEAT_PX,
        alt=f"The face with the regions that speak for {explained.label}",
    )
    st.caption(
        f"Orange regions with a solid outline speak for **{explained.label}**, blue ones with a "
        f"dotted outline against it ({METHODS[explained.method]})."
    )


def _network_view(seen: SeenPicture, face: int, explained: FaceWeights) -> None:
    """The crop that the network read, where it came from, and its own distribution."""
    scores, faces = seen.found.scores[face], seen.found.faces
    height, width = explained.crop.shape[:2]
    box = ", ".join(f"{side:.0f}" for side in faces.boxes_xyxy[face])
    with st.expander("What the network saw", icon=":material/visibility:"):
        left, right = st.columns(2, gap="large")
        larger = np.kron(
            explained.crop, np.ones((5, 5) + (1,) * (explained.crop.ndim - 2), np.uint8)
        )
        left.image(encoded(larger, ".png"), width=ENLARGED * width, alt="The normalised face")
        left.caption(
            f"The face turned upright, cut out and brought to {width}×{height} px"
            f"{' grey' if explained.crop.ndim == 2 else ''}. In the picture its box is {box} "
            f"(left, top, right, bottom in px); the detector was {faces.confidence[face]:.1%} sure."
        )
        order = np.argsort(-scores.probabilities, kind="stable")
        right.dataframe(
            {
                "label": [titled(scores.labels[i]) for i in order],
                "probability": [f"{scores.probabilities[i]:.4f}" for i in order],
            },
            hide_index=True,
            key="photo_distribution",
        )
        right.caption("All labels of the model, calibrated, before any mapping to another set.")


def face_why(seen: SeenPicture, choice: FaceChoice, face: int) -> None:
    """Show the regions that drove the answer to a face beside its probabilities.

    Args:
        seen: a picture with faces
        choice: how answers are shown
        face: number of one of them
    """
    judged = choice.judge(seen.found.scores[face])
    st.subheader(f"Face {face + 1}: what drove the answer")
    left, right = st.columns(2, gap="large")
    with left:
        label = _chosen_label(seen.found.scores[face], face)
        try:
            explained = seen.explanation(face, label)
        except EmotionCoreError as error:
            st.error(str(error))
            return
        _overlay(explained)
    with right:
        st.markdown("**Probabilities**")
        alt = f"Probability of each label; the largest is {judged.label}"
        show(probability_bars(judged, choice.level), "photo_probabilities", alt)
        if choice.level:
            st.caption(f"The dotted line is the level of {choice.level:.0%} that counts as sure.")
    _network_view(seen, face, explained)
