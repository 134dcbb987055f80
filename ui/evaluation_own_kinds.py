"""The kinds of labelled items that a model can be tested on, and what to give of each."""

from dataclasses import dataclass

from emotion_core.audio.decode import ENDINGS as SOUND_ENDINGS
from emotion_core.datasets.columns import ENDINGS
from emotion_core.datasets.labelled_items import LabelledModality
from emotion_core.face.answers import PICTURE_ENDINGS

from .evaluation_own_example import labelled_pictures, labelled_sounds, labelled_texts
from .evaluation_own_upload import KEY, Wanted

ZIP_MB = 1300


@dataclass(frozen=True)
class Kind:
    """Items of one modality.

    Attributes:
        modality: of the models that answer them
        things: what they are called
        wanted: files that are asked for
        said: what to give
    """

    modality: LabelledModality
    things: str
    wanted: Wanted
    said: str


ZIP_SAID = (
    "Give a **ZIP** with a folder for each label (`joy/a.{0}`, `fear/b.{0}`), or the {1} "
    "themselves and a **table** with the columns `path` and `label`. A ZIP is read file by file "
    "and never unpacked."
)
TEXTS = Kind(
    "text", "texts",
    Wanted(f"{KEY}_text", "Labelled texts", (*ENDINGS, ".zip"),
           example=("Try an example", labelled_texts)),
    "Give a **table** with the columns `text` and `label`, or a ZIP with a folder for each label "
    "and a `.txt` file for each text.",
)  # fmt: skip
SOUNDS = Kind(
    "audio", "recordings",
    Wanted(f"{KEY}_audio", "Labelled sounds", (".zip", *ENDINGS), SOUND_ENDINGS,
           ("Try an example", labelled_sounds), ZIP_MB),
    ZIP_SAID.format("wav", "sounds"),
)  # fmt: skip
PICTURES = Kind(
    "face", "pictures",
    Wanted(f"{KEY}_face", "Labelled pictures", (".zip", *ENDINGS), PICTURE_ENDINGS,
           ("Try an example", labelled_pictures), ZIP_MB),
    ZIP_SAID.format("jpg", "pictures"),
)  # fmt: skip
