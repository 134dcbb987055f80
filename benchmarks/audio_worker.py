"""One measurement of voice in a process of its own: `python -m benchmarks.audio_worker ...`.

Prints JSON. `one MODEL FILE` answers a recording as a whole; `analyse MODEL FILE` does all that
the page shows.
"""

import json
import sys
from time import perf_counter

from emotion_core.audio.pipeline import load_audio_model

from .record import peak_mb


def measure(kind: str, model_id: str, path: str) -> dict[str, float]:
    """Seconds, the model's loading not counted, and the peak memory."""
    model = load_audio_model(model_id)
    start = perf_counter()
    if kind == "analyse":
        model.analyse(path)
    else:
        model.predict(path)
    return {"seconds": perf_counter() - start, "peak_mb": peak_mb()}


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
