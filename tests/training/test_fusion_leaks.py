"""Copies of the parts of composed moments are counted, and moments of them are left out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.leak_items import text_items
from emotion_core.fusion.evidence import FUSED
from emotion_core.registry import read_spec
from emotion_core.training import fusion_leaks, fusion_record, fusion_training
from emotion_core.training.fusion_record import measured_moments
from tests.evaluation.findings import check
from tests.training.fusion_items import material, small

TEXT, FACE = FUSED.index("text"), FUSED.index("face")


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A measured late fusion; some of its test texts have an exact copy, some faces a near one."""
    for module in (fusion_training, fusion_record, fusion_leaks):
        monkeypatch.setattr(module, "read_material", lambda config: material())
    fusion_training.train_fusion(small("late"), tmp_path / "late")
    fusion_record.measure_fusion_bundle(tmp_path / "late")
    none, numbers = np.zeros(70, bool), np.arange(70)
    texts = check(exact=2), numbers % 5 == 3, none
    faces = check(near=1), none, numbers % 6 == 5
    monkeypatch.setattr(fusion_leaks, "_text_found", lambda config, answers: texts)
    monkeypatch.setattr(fusion_leaks, "_face_found", lambda config, answers: faces)
    return tmp_path / "late"


def test_moments_without_copies(bundle: Path) -> None:
    found = fusion_leaks.fusion_leaks(read_spec(bundle))
    items = measured_moments(material(), small("late"), FUSED).items
    exact = items[:, TEXT] % 5 == 3
    near = items[:, FACE] % 6 == 5
    assert exact.any()
    assert near.any()
    assert {name: row["n"] for name, row in found["scores"].items()} == {
        "all": len(items),
        "without exact copies": int((~exact).sum()),
        "without exact and near copies": int((~exact & ~near).sum()),
    }
    assert [c["groups_on_both_sides"] for c in found["checks"]] == [0, 0, 0]
    assert [u["seen"] for u in found["upstream"]] == ["some", "apart", "some"]
    assert "2 of 100 test items have an exact copy" in found["upstream"][0]["told"]


def test_other_moments_are_told(bundle: Path) -> None:
    path = bundle / "evaluation" / "test.parquet"
    frame = pd.read_parquet(path)
    frame["group"] = frame["group"].to_numpy()[::-1]
    frame.to_parquet(path)
    with pytest.raises(InvalidInput, match="measured on other moments"):
        fusion_leaks.fusion_leaks(read_spec(bundle))


def test_only_the_first_items_are_tested() -> None:
    texts = ["one fine day", "another story", "One fine day!", "one fine day", "a third thing"]
    sides = np.array(["test", "test", "train", "train", "train"])
    items = text_items(pd.Series(texts), sides, np.full(5, ""), "")
    counts, exact, near = fusion_leaks._compared(items, 2, "told")
    assert (counts["items"], counts["compared_with"], counts["exact"]) == (2, 3, 1)
    assert exact.tolist() == [True, False]
    assert not near.any()
