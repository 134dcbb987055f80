"""Recordings: time and memory of five minutes and of an hour: `python -m benchmarks.recording`."""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from emotion_core.fusion.evidence import Evidence, Moment
from emotion_core.fusion.pipeline import FusionModel, load_fusion_model
from emotion_core.registry import available
from emotion_core.scoring import softmax
from emotion_core.types import EmotionScores, ModelSpec

from .processes import worker
from .record import times_ms, write_record
from .recordings import write_recording

SHORT_S, LONG_S = 300.0, 3600.0
WINDOWS = 256
"""fused at once, as the pipeline does"""
RUNS = 30


def _evidence(spec: ModelSpec, width: int, rng: np.random.Generator) -> Evidence:
    """What a model might say."""
    probabilities = softmax(rng.normal(size=len(spec.labels)))
    embedding = rng.normal(size=width).astype(np.float32) if width else None
    return Evidence(EmotionScores(spec.labels, probabilities), embedding)


def moments(model: FusionModel, count: int) -> list[Moment]:
    """Moments of all three modalities, by the encoders that a fusion was fitted to."""
    rng = np.random.default_rng(0)
    specs = {spec.id: spec for spec in available()}
    encoders = model.spec.input["encoders"]
    return [
        {m: _evidence(specs[e["id"]], int(e["width"]), rng) for m, e in encoders.items()}
        for _ in range(count)
    ]


def main() -> None:
    """Measure, and write `benchmarks/results/recording.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", type=float, default=LONG_S, help="seconds of the long recording")
    long_s = parser.parse_args().long
    figures: dict[str, float] = {}
    for model_id in [s.id for s in available() if s.modality == "fusion"]:
        model = load_fusion_model(model_id)
        given = moments(model, WINDOWS)
        model.fuse(given)
        each_ms = float(np.median(times_ms(lambda m=model, g=given: m.fuse(g), RUNS))) / WINDOWS
        figures[f"{model_id.replace('-', '_')}_per_window_ms"] = each_ms
    with tempfile.TemporaryDirectory() as folder:
        for name, seconds in (("five_minutes", SHORT_S), ("long", long_s)):
            path = write_recording(Path(folder) / f"{name}.mp4", seconds)
            found = worker("recording", str(path), str(seconds))
            figures |= {
                f"{name}_s": seconds,
                f"{name}_analysed_s": found["seconds"],
                f"{name}_peak_mb": found["peak_mb"],
            }
            path.unlink()
    figures["long_over_five_minutes_mb"] = figures["long_peak_mb"] - figures["five_minutes_peak_mb"]
    write_record("recording", figures, {})


if __name__ == "__main__":
    main()
