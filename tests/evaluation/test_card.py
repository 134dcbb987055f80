"""Parts that the cards of all modalities share."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from emotion_core.datasets.catalogue import data_card
from emotion_core.evaluation.card import calibration_text, known_failures, readings_section
from emotion_core.registry import read_spec
from tests.bundles import write_audio_bundle

CALIBRATION = {
    "ece_before": 0.2, "ece_after": 0.1, "uncertain_share": 0.25, "accuracy_sure": 0.9,
    "accuracy_uncertain": 0.4,
}  # fmt: skip


def reading(**kept: Any) -> dict[str, Any]:
    return {"date": "", "files": "", **kept}


def test_one_reading_needs_no_section() -> None:
    assert readings_section({}) == []
    assert readings_section({"readings": [reading(accuracy=0.5)]}) == []


def test_readings_in_the_scores_that_were_kept() -> None:
    first = reading(uar=0.3)
    second = reading(date="2026-11-21", accuracy=0.5, uar=0.25, macro_f1=None, files="f" * 64)
    heading, _, table = readings_section({"readings": [first, second]})
    assert heading == "## Readings of the test split"
    assert table.splitlines() == [
        "| date | accuracy | UAR | served files |",
        "|---|---|---|---|",
        "| not kept | not kept | 0.3000 | not kept |",
        "| 2026-11-21 | 0.5000 | 0.2500 | ffffffffffff |",
    ]


@pytest.mark.parametrize(
    ("left_out", "end"),
    [
        ((), "is right in 90.0% of the others and in 40.0% of these."),
        (("accuracy_uncertain",), "is right in 90.0% of the others."),
        (("accuracy_sure",), "is right in 40.0% of these."),
    ],
)
def test_calibration_in_words(left_out: tuple[str, ...], end: str) -> None:
    known = {k: v for k, v in CALIBRATION.items() if k not in left_out}
    text = calibration_text({"calibration": known})
    assert text.startswith("Expected calibration error 0.200 before and 0.100 after temperature")
    assert "25.0% of the answers are called uncertain; the top label " in text
    assert text.endswith(end)


def test_calibration_that_no_item_tells() -> None:
    assert calibration_text({"calibration": {}}).startswith("Not measured: no item")


def test_failures_are_those_of_the_data_that_a_model_learnt_from(tmp_path: Path) -> None:
    spec = read_spec(write_audio_bundle(tmp_path / "voice"))
    scores = {
        "per_class": {"joy": {"f1": 0.5, "support": 3}, "fear": {"f1": 0.4, "support": 30}},
        "confusion": {"labels": ["joy", "fear"], "counts": [[1, 2], [0, 30]]},
    }
    for name, trap in (("RAVDESS (Livingstone, 2018)", data_card("ravdess").traps[0]), ("own", "")):
        known = dataclasses.replace(spec, training_data=({"name": name, "licence": "none"},))
        heading, text = known_failures(known, {"scores": scores}, "- Shouts are missed.")
        assert heading == "## Known failures"
        assert "- Too few test items for a score that means much: joy (3)." in text
        assert "- Shouts are missed." in text
        assert ("Of the data, RAVDESS" in text) == bool(trap)
        assert trap in text
