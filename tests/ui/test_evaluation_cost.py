"""Times of answers and curves of explanations, as the page reads them from files."""

import json
from pathlib import Path

import numpy as np
import pytest

from emotion_core import registry
from ui.evaluation_cost import PLACES, TIMES, Timing, name_places, timings
from ui.evaluation_explanations import curves_figure, explanations

SHIPPED = [s for s in registry.available() if s.modality != "fusion"]


def test_times_are_read_by_model(tmp_path: Path):
    figures = {"a-b/clip_of_3_s_median_ms": 2.5, "a-b/clip_of_3_s_p95_ms": 4.0, "rows": 3}
    path = tmp_path / "models.json"
    path.write_text(json.dumps({"figures": figures}), encoding="utf-8")
    assert timings(path) == {"a-b": Timing(2.5, 4.0, "clip of 3 s")}
    path.write_text("torn", encoding="utf-8")
    assert timings(path) == timings(tmp_path / "none.json") == {}


def test_every_shipped_model_was_timed():
    found = timings(TIMES)
    for spec in registry.available():
        assert 0 < found[spec.id].median_ms <= found[spec.id].p95_ms


@pytest.mark.parametrize("spec", SHIPPED, ids=lambda s: s.id)
def test_every_shipped_explanation_was_judged(spec: registry.ModelSpec):
    content = explanations(spec)
    assert "seed 0" in content["protocol"]
    for curve, sign in (("deletion", -1), ("insertion", 1)):
        figure = curves_figure(content, curve)
        drawn = [t.name for t in figure.data if t.name]
        assert drawn == [*content["methods"], "random order"]
        for found in content["methods"].values():
            apart = found[curve]
            areas = [
                np.trapezoid(apart[k]["mean"], content["shares"]) for k in ("marked", "random")
            ]
            assert apart["gain"] == pytest.approx(sign * (areas[0] - areas[1]), abs=1e-4)
            low, high = apart["gain_interval"]
            assert low <= apart["gain"] <= high


def test_names_of_near_points_stand_apart():
    points = np.array([[0.5, 0.5], [0.5, 0.53], [0.0, 0.0], [1.0, 1.0]])
    places = name_places(points, ["here", "there", "a", "b"])
    assert set(places) <= set(PLACES)
    assert places[0] != places[1]
    assert places[0] == "bottom center"  # the other point is above
