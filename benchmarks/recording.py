"""Recordings: time and memory of five minutes and of an hour: `python -m benchmarks.recording`.

Memory may grow by what the answer itself takes and hardly more: `growth_mb` is the difference of
the two peaks, `answer_growth_mb` that of the two answers.
"""

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


def measured(name: str, seconds: float) -> dict[str, float]:
    """Figures of a recording of some length, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_recording(Path(folder) / f"{name}.mp4", seconds)
        found = worker("recording", str(path), str(seconds))
    return {
        f"{name}_s": seconds,
        f"{name}_analysed_s": found["seconds"],
        f"{name}_peak_mb": found["peak_mb"],
        f"{name}_answer_mb": found["answer_mb"],
    }


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
    figures |= measured("five_minutes", SHORT_S) | measured("long", long_s)
    for what, name in (("peak_mb", "growth_mb"), ("answer_mb", "answer_growth_mb")):
        figures[name] = figures[f"long_{what}"] - figures[f"five_minutes_{what}"]
    write_record("recording", figures, {})


if __name__ == "__main__":
    main()
