"""One measurement of faces in a process of its own: `python -m benchmarks.face_worker ...`.

Prints JSON. `one MODEL FILE` answers a picture; `analyse MODEL FILE` a video as the page does;
`stream MODEL FRAMES` answers frames as the webcam page does, and tells how memory grew; `record
MODEL FRAMES` keeps the answers as well, as a session that is recorded.
"""

import json
import sys
from itertools import cycle, islice
from time import perf_counter, sleep

from emotion_core.face.live import LiveAnalyser
from emotion_core.face.pipeline import VIDEO_FPS, FaceModel, load_face_model

from .films import FPS, TURNS_S, frames
from .record import peak_mb

WARM_UP = 0.2
"""share of the stream after which memory is looked at for the first time"""
WAIT_S = 0.0005
"""between two looks at whether a frame is answered"""


def stream(model: FaceModel, count: int, record: bool) -> dict[str, float]:
    """Every frame is answered before the next one comes, as fast as it goes."""
    once = list(frames(round(TURNS_S * FPS)))
    warm = 0.0
    with LiveAnalyser(model) as live:
        if record:
            live.start()
        for k, frame in enumerate(islice(cycle(once), count)):
            live.submit(frame, k / 30)
            while live.state().time_s != k / 30:
                if live.state().error:
                    raise RuntimeError(live.state().error)
                sleep(WAIT_S)
            if k == round(WARM_UP * count):
                warm = peak_mb()
    return {"peak_growth_mb": peak_mb() - warm}


def measure(kind: str, model_id: str, what: str) -> dict[str, float]:
    """Seconds, the model's loading not counted, and the peak memory."""
    model = load_face_model(model_id)
    found: dict[str, float] = {}
    start = perf_counter()
    if kind == "analyse":
        model.analyse(what, fps=VIDEO_FPS)
    elif kind in ("stream", "record"):
        found = stream(model, int(what), kind == "record")
    else:
        model.predict(what)
    return {"seconds": perf_counter() - start, "peak_mb": peak_mb(), **found}


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
