"""Original layouts of data sets of pictures that are not a folder per class."""

from pathlib import Path

import pandas as pd

from ..errors import InvalidInput
from ..folders import list_files
from ..labels import ANGER, CONTEMPT, DISGUST, FEAR, JOY, NEUTRAL, SADNESS, SURPRISE

CK_IMAGES, CK_LABELS, CK_ENDING = "cohn-kanade-images", "Emotion", "_emotion.txt"
CK_CODES = (NEUTRAL, ANGER, CONTEMPT, DISGUST, FEAR, JOY, SADNESS, SURPRISE)
"""by the number in a label file"""
CK_PEAK_FRAMES = 3
"""at the end of a sequence, which grows from neutral to its peak"""


def is_ck_plus(root: Path) -> bool:
    """Whether a folder is CK+ as it is downloaded."""
    return (root / CK_IMAGES).is_dir() and (root / CK_LABELS).is_dir()


def read_ck_plus(root: Path) -> pd.DataFrame:
    """Peaks of the labelled sequences of CK+, and their first frame as neutral.

    Args:
        root: holds `cohn-kanade-images/S005/001/*.png` and `Emotion/S005/001/*_emotion.txt`

    Returns:
        a row per frame with `path`, `label`, and the person as `group`

    Raises:
        InvalidInput: if no sequence has a label

    Source: Lucey et al., CVPR workshops 2010.
    """
    rows = []
    for file in list_files(root / CK_LABELS):
        if not file.name.endswith(CK_ENDING):
            continue
        person, sequence = file.parent.parent.name, file.parent.name
        frames = sorted((root / CK_IMAGES / person / sequence).glob("*.png"))
        try:
            label = CK_CODES[int(float(file.read_text()))]
        except (ValueError, IndexError) as error:
            raise InvalidInput(f"{file}: expected a number from 0 to 7: {error}") from error
        peaks = [(frame, label) for frame in frames[-CK_PEAK_FRAMES:]]
        onset = [(frame, NEUTRAL) for frame in frames[:1] if len(frames) > CK_PEAK_FRAMES]
        rows += [{"path": str(f), "label": x, "group": person} for f, x in onset + peaks]
    if not rows:
        raise InvalidInput(f"{root}: expected sequences with a label (*{CK_ENDING}), got none")
    return pd.DataFrame(rows)
