"""Recordings: time and memory of five minutes and of an hour: `python -m benchmarks.recording`."""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from emotion_core.fusion.pipeline import load_fusion_model
from emotion_core.registry import available
from emotion_core.testing import made_up_moments

from .processes import worker
from .record import times_ms, write_record
from .recordings import write_recording

SHORT_S, LONG_S = 300.0, 3600.0
WINDOWS = 256
"""fused at once, as the pipeline does"""
RUNS = 30


def main() -> None:
    """Measure, and write `benchmarks/results/recording.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", type=float, default=LONG_S, help="seconds of the long recording")
    long_s = parser.parse_args().long
    figures: dict[str, float] = {}
    for model_id in [s.id for s in available() if s.modality == "fusion"]:
        model = load_fusion_model(model_id)
        given = made_up_moments(model, WINDOWS)
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
