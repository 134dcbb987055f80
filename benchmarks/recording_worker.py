"""One recording in a process of its own: `python -m benchmarks.recording_worker FILE SECONDS`.

Prints JSON: seconds, the models' loading not counted, the peak memory, and what the answer takes.
"""

import json
import pickle
import sys
from time import perf_counter

from emotion_core.recording.pipeline import load_recording_model

from .record import peak_mb
from .recordings import transcript


def measure(path: str, seconds: str) -> dict[str, float]:
    """Words, voice, faces and their fusion, as the page does it."""
    model = load_recording_model()
    start = perf_counter()
    found = model.analyse(path, transcript=transcript(float(seconds)))
    if found.failures or not len(found.fused.timeline):
        raise RuntimeError(f"expected all stages to answer, got {found.failures}")
    seconds_taken, peak = perf_counter() - start, peak_mb()
    return {"seconds": seconds_taken, "peak_mb": peak, "answer_mb": len(pickle.dumps(found)) / 1e6}


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
