"""What the records of all modalities share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from emotion_core.errors import InvalidInput
from emotion_core.registry import read_spec
from emotion_core.training.record import bundle_config, refuse_second_reading, write_record
from emotion_core.training.text_config import TextConfig
from emotion_core.types import ModelSpec
from tests.bundles import write_naive_bayes_bundle

METRICS = {"accuracy": 0.5, "uar": 0.4, "macro_f1": 0.3, "weighted_f1": 0.2, "micro_f1": 0.1}


@dataclass(frozen=True)
class Measured:
    """A report of one answer."""

    metrics: dict[str, float] = field(default_factory=lambda: dict(METRICS))
    protocol: str = "by hand"

    @property
    def predictions(self) -> pd.DataFrame:
        return pd.DataFrame({"id": ["a"], "truth": ["joy"]})

    def as_dict(self) -> dict[str, Any]:
        return {"protocol": self.protocol, "metrics": self.metrics}


def card(spec: ModelSpec, results: Mapping[str, Any]) -> str:
    return f"{spec.id}: {spec.protocol}, {len(results['readings'])} readings"


def results_of(bundle: Path) -> dict[str, Any]:
    return json.loads((bundle / "evaluation" / "results.json").read_text())


def test_everything_is_written(bundle: Path) -> None:
    write_record(bundle, Measured(), card)
    results = results_of(bundle)
    (reading,) = results.pop("readings")
    assert results == {"protocol": "by hand", "metrics": METRICS}
    assert reading.items() >= {k: v for k, v in METRICS.items() if k != "micro_f1"}.items()
    assert pd.read_parquet(bundle / "evaluation" / "test.parquet")["truth"].tolist() == ["joy"]
    spec = read_spec(bundle)
    assert (dict(spec.metrics), spec.protocol) == (METRICS, "by hand")
    assert (bundle / "card.md").read_text() == "text-fake: by hand, 1 readings"


def test_folds_are_no_reading(bundle: Path) -> None:
    write_record(bundle, Measured(), card, test_split=False)
    assert results_of(bundle)["readings"] == []


def test_a_record_from_before_readings_were_kept(bundle: Path) -> None:
    (bundle / "evaluation").mkdir()
    (bundle / "evaluation" / "results.json").write_text("{}")
    write_record(bundle, Measured(), card)
    assert len(results_of(bundle)["readings"]) == 1


def test_what_is_no_number_is_not_written(bundle: Path) -> None:
    before = (bundle / "manifest.json").read_text()
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_record(bundle, Measured({**METRICS, "uar": float("nan")}), card)
    assert not (bundle / "evaluation").exists()
    assert (bundle / "manifest.json").read_text() == before


def test_a_second_reading_is_refused(bundle: Path) -> None:
    refuse_second_reading(read_spec(bundle))
    write_record(bundle, Measured(), card)
    message = r"text-fake: its test split has been read; the record is .*results\.json.*--repeat"
    with pytest.raises(InvalidInput, match=message):
        refuse_second_reading(read_spec(bundle))


def test_settings_of_a_bundle(tmp_path: Path) -> None:
    bundle = write_naive_bayes_bundle(tmp_path / "text-fake")
    with pytest.raises(InvalidInput, match=r"text-fake has no training/config\.yaml; its data are"):
        bundle_config(TextConfig, bundle)
    (bundle / "training").mkdir()
    (bundle / "training" / "config.yaml").write_text(yaml.safe_dump({"data": "here", "seed": 7}))
    assert bundle_config(TextConfig, bundle).data == "here"
    elsewhere = bundle_config(TextConfig, bundle, tmp_path)
    assert (elsewhere.data, elsewhere.seed) == (str(tmp_path), 7)
