"""What the shipped models answer stays what it was when they were measured."""

import json
from pathlib import Path

import numpy as np
import pytest

from emotion_core import load, registry
from emotion_core.registry import check_files, read_spec

SHIPPED = Path(registry.__file__).resolve().parent.parent / "models"
GOLDEN = json.loads((Path(__file__).parent / "data" / "golden_text.json").read_text("utf-8"))
CLOSE = 0.03
"""in probability; int8 kernels of other processors round otherwise"""


@pytest.mark.parametrize("name", sorted(p.parent.name for p in SHIPPED.glob("*/manifest.json")))
def test_a_shipped_bundle_is_whole(name: str):
    spec = read_spec(SHIPPED / name)
    check_files(spec)
    assert spec.id == name
    assert spec.metrics
    assert "answered the split once" in spec.protocol
    assert (spec.folder / "card.md").is_file()
    assert (spec.folder / "evaluation" / "test.parquet").is_file()
    assert sum(f.stat().st_size for f in spec.folder.rglob("*") if f.is_file()) < 50 * 2**20


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_golden_answers(name: str):
    model = load(SHIPPED / name)
    texts = list(GOLDEN[name])
    found = np.array([model.predict(text).probabilities for text in texts])
    np.testing.assert_allclose(found, np.array(list(GOLDEN[name].values())), atol=CLOSE)
