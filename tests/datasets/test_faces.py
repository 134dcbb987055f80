"""Faces of folders, tables and FER-2013 in both forms; splits that keep copies together."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from emotion_core.datasets.faces import (
    FER_LABELS,
    FaceSet,
    map_face_labels,
    read_faces,
    with_splits,
)
from emotion_core.datasets.sources import data_path
from emotion_core.errors import InvalidInput
from emotion_core.face.align import CropConfig
from emotion_core.labels import EKMAN7, FERPLUS8, JOY, NEUTRAL, SADNESS
from tests.training.faces import drawn, write_faces

CROP = CropConfig()
FER = data_path("face/fer2013")
VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt",
         "unknown", "NF")  # fmt: skip


def test_a_folder_per_class(tmp_path: Path):
    faces, broken = read_faces(str(write_faces(tmp_path, 4)), CROP)
    assert broken == {}
    assert faces.labels == (JOY, NEUTRAL, SADNESS)
    assert faces.crops.shape == (12, 48, 48)
    assert faces.crops.dtype == np.uint8
    assert set(faces.split) == {""}
    assert faces.votes.shape == (12, 0)
    first = next(i for i, name in enumerate(faces.name) if name.endswith("joy/000.png"))
    np.testing.assert_array_equal(faces.crops[first], drawn(JOY, 0))
    assert faces.labels[faces.truth[first]] == JOY


def test_a_folder_per_split_and_class(tmp_path: Path):
    faces, _ = read_faces(str(write_faces(tmp_path, 10, splits=True)), CROP)
    counts = {side: int((faces.split == side).sum()) for side in set(faces.split)}
    assert counts == {"train": 18, "validation": 6, "test": 6}


def test_a_table_with_groups_and_a_broken_picture(tmp_path: Path):
    write_faces(tmp_path, 1)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    rows = [("joy/000.png", "happy", "01"), ("sadness/000.png", "sad", "02"),
            ("broken.png", "sad", "02")]  # fmt: skip
    table = tmp_path / "faces.csv"
    pd.DataFrame(rows, columns=["path", "label", "group"]).to_csv(table, index=False)
    faces, broken = read_faces(str(table), CROP)
    assert faces.labels == (JOY, SADNESS)
    assert faces.group.tolist() == ["01", "02"]
    assert list(broken) == ["broken.png"]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_numbers_are_labels_and_a_row_without_one_is_left_out(ending: str, tmp_path: Path):
    write_faces(tmp_path, 2)
    names = ["joy/000.png", "joy/001.png", "sadness/000.png", "sadness/001.png"]
    frame = pd.DataFrame({"path": names, "label": pd.array([0, 0, 1, None], "Int64")})
    table = tmp_path / f"faces.{ending}"
    writers = {"csv": frame.to_csv, "parquet": frame.to_parquet}
    if ending == "jsonl":
        frame.to_json(table, orient="records", lines=True)
    else:
        writers[ending](table, index=False)
    faces, broken = read_faces(str(table), CROP)
    assert faces.labels == ("0", "1")
    assert faces.truth.tolist() == [0, 0, 1]
    assert broken == {"sadness/001.png": "it has no label"}


def test_copies_share_a_group(tmp_path: Path):
    write_faces(tmp_path, 2)
    copy = tmp_path / "sadness" / "copy.png"
    copy.write_bytes((tmp_path / "joy" / "001.png").read_bytes())
    faces, _ = read_faces(str(tmp_path), CROP)
    shared = [name for name, group in zip(faces.name, faces.group, strict=True)
              if (faces.group == group).sum() > 1]  # fmt: skip
    assert sorted(Path(n).name for n in shared) == ["001.png", "copy.png"]


def test_nothing_usable(tmp_path: Path):
    (tmp_path / "joy").mkdir()
    (tmp_path / "joy" / "a.png").write_bytes(b"no picture")
    with pytest.raises(InvalidInput, match="none of 1 pictures can be used"):
        read_faces(str(tmp_path), CROP)
    (tmp_path / "joy" / "a.png").unlink()
    with pytest.raises(InvalidInput, match="a folder per class with pictures"):
        read_faces(str(tmp_path), CROP)


def write_fer_csv(folder: Path, votes: list[list[int]] | None = None) -> list[np.ndarray]:
    """Six faces, two for each usage, and optionally the votes for them."""
    pictures = [drawn(x, i) for i, x in enumerate((JOY, SADNESS) * 3)]
    codes = [FER_LABELS.index(x) for x in (JOY, SADNESS) * 3]
    usages = ["Training"] * 2 + ["PublicTest"] * 2 + ["PrivateTest"] * 2
    pixels = [" ".join(map(str, p.reshape(-1))) for p in pictures]
    frame = pd.DataFrame({"emotion": codes, "pixels": pixels, "Usage": usages})
    frame.to_csv(folder / "fer2013.csv", index=False)
    if votes:
        pd.DataFrame(votes, columns=list(VOTES)).to_csv(folder / "fer2013new.csv", index=False)
    return pictures


def test_fer_2013_as_a_table(tmp_path: Path):
    pictures = write_fer_csv(tmp_path)
    for source in (tmp_path, tmp_path / "fer2013.csv"):
        faces, _ = read_faces(str(source), CROP)
        assert faces.labels == EKMAN7
        np.testing.assert_array_equal(faces.crops, pictures)
        assert [faces.labels[k] for k in faces.truth] == [JOY, SADNESS] * 3
        assert faces.split.tolist() == ["train"] * 2 + ["validation"] * 2 + ["test"] * 2
        assert faces.votes.shape == (6, 0)


def test_votes_are_shares_and_what_is_no_face_is_not_learnt_from(tmp_path: Path):
    joy, split, none = [0] * 10, [0] * 10, [0] * 10
    joy[1] = 10
    split[0], split[3], split[8] = 2, 6, 2
    none[9] = 10
    write_fer_csv(tmp_path, [joy, none, split, none, joy, none])
    faces, _ = read_faces(str(tmp_path), CROP)
    assert faces.split.tolist() == ["train"] + ["validation"] * 2 + ["test"] * 2
    assert faces.votes[0].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    np.testing.assert_allclose(faces.votes[1][[0, 3]], [0.2, 0.6])
    assert faces.votes[2].sum() == 0
    assert faces.ballots[1].tolist() == [2, 0, 0, 6, 0, 0, 0, 0, 2, 0]
    assert faces.ballots[2].tolist() == [0] * 9 + [10]
    assert FERPLUS8[int(faces.votes[1].argmax())] == SADNESS


def test_votes_of_another_length_are_refused(tmp_path: Path):
    write_fer_csv(tmp_path, [[0] * 10])
    with pytest.raises(InvalidInput, match=r"expected 6 rows as in fer2013\.csv, got 1"):
        read_faces(str(tmp_path), CROP)


def test_pixels_of_another_size_are_refused(tmp_path: Path):
    row = {"emotion": [0], "pixels": ["1 2 3"], "Usage": ["Training"]}
    pd.DataFrame(row).to_csv(tmp_path / "fer2013.csv", index=False)
    with pytest.raises(InvalidInput, match="48 x 48 grey levels"):
        read_faces(str(tmp_path), CROP)
    (tmp_path / "fer2013.csv").write_text("emotion,pixels,Usage\n")
    with pytest.raises(InvalidInput, match="expected a row for each picture, got none"):
        read_faces(str(tmp_path), CROP)


def test_fer_2013_as_mosaics(tmp_path: Path):
    tiles = [drawn(x, i) for i, x in enumerate((JOY, SADNESS, NEUTRAL, JOY))]
    mosaic = np.block([[tiles[0], tiles[1]], [tiles[2], tiles[3]]])
    packed = io.BytesIO()
    Image.fromarray(mosaic).save(packed, "PNG")
    with zipfile.ZipFile(tmp_path / "fer2013_images.zip", "w") as archive:
        archive.writestr("mosaic_000.png", packed.getvalue())
    rows = [(2, "neutral", "Training", 1), (0, "happy", "PublicTest", 1),
            (1, "sad", "PrivateTest", 0)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["image_id", "label", "usage", "row_known"])
    for column in VOTES:
        frame[f"fp_{column}"] = 1
    frame.to_csv(tmp_path / "fer2013_meta.csv", index=False)
    faces, _ = read_faces(str(tmp_path), CROP)
    np.testing.assert_array_equal(faces.crops, [tiles[2], tiles[0], tiles[1]])
    np.testing.assert_allclose(faces.votes[:2], 0.1)
    assert faces.votes[2].sum() == 0


def faces_of(count: int, groups: int, split: str = "") -> FaceSet:
    truth = np.arange(count) % 2
    return FaceSet(
        np.zeros((count, 48, 48), np.uint8), (JOY, SADNESS), truth, np.zeros((count, 0)),
        np.full(count, split), (np.arange(count) % groups).astype(str),
        np.arange(count).astype(str),
    )  # fmt: skip


def test_drawn_splits_keep_groups_together():
    drawn_sides = with_splits(faces_of(400, 100), seed=1)
    shares = {s: (drawn_sides.split == s).mean() for s in ("train", "validation", "test")}
    assert shares["train"] == pytest.approx(0.8, abs=0.03)
    assert shares["validation"] == pytest.approx(0.1, abs=0.03)
    for group in set(drawn_sides.group):
        assert len(set(drawn_sides.split[drawn_sides.group == group])) == 1
    again = with_splits(faces_of(400, 100), seed=1)
    np.testing.assert_array_equal(drawn_sides.split, again.split)


def test_a_named_test_split_is_left_alone():
    faces = faces_of(200, 100, "train")
    faces.split[:40] = "test"
    parted = with_splits(faces, 0)
    assert (parted.split[:40] == "test").all()
    assert (parted.split == "test").sum() == 40
    assert (parted.split == "validation").sum() == pytest.approx(16, abs=6)


def test_splits_that_cannot_be_used():
    with pytest.raises(InvalidInput, match=r"no part of the data is named train"):
        with_splits(faces_of(20, 20, "test"), 0)
    with pytest.raises(InvalidInput, match="got wild"):
        with_splits(faces_of(20, 20, "wild"), 0)
    with pytest.raises(InvalidInput, match="10 groups of faces or more"):
        with_splits(faces_of(20, 4), 0)


def test_labels_are_mapped_and_what_has_no_place_is_left_out():
    faces = faces_of(4, 4)
    mapped = map_face_labels(faces, EKMAN7)
    assert [EKMAN7[k] for k in mapped.truth] == [JOY, SADNESS] * 2
    assert mapped.labels == EKMAN7


@pytest.mark.data
@pytest.mark.skipif(not FER.is_dir(), reason=f"{FER} is not there")
def test_the_known_counts_of_fer_2013():
    faces, _ = read_faces(str(FER), CROP)
    assert faces.labels == EKMAN7
    for side, count in (("validation", 3589), ("test", 3589)):
        assert (faces.split == side).sum() == count
    assert 28_400 < (faces.split == "train").sum() < 28_709
    test = faces.take(faces.split == "test")
    counts = dict(zip(faces.labels, np.bincount(test.truth).tolist(), strict=True))
    assert counts == {"anger": 491, "disgust": 55, "fear": 528, "joy": 879, "neutral": 626,
                      "sadness": 594, "surprise": 416}  # fmt: skip
    assert faces.crops[0, 0, :8].tolist() == [70, 80, 82, 72, 58, 58, 60, 63]
    seen = np.isin(test.group, faces.group[faces.split == "train"])
    assert 280 <= seen.sum() <= 288
