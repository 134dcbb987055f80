"""Faces: each stage, a stream, a long video, memory, cold start: `python -m benchmarks.face`."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np
import onnxruntime

from emotion_core.cores import available_cores
from emotion_core.face.align import crop_faces
from emotion_core.face.draw import draw_faces
from emotion_core.face.pipeline import FaceModel, load_face_model
from emotion_core.face.track import FaceTracker
from emotion_core.loading import DEFAULT_FACE_MODEL

from .films import FPS, TURNS_S, frames, write_film
from .processes import cold_start, worker
from .record import times_ms, write_record

RUNS = 200
DETECT_EVERY = 5
"""as on the webcam page"""
VIDEO_S = 600.0
SOAK_FRAMES = 54_000
"""30 minutes at 30 frames a second"""
ROUNDS = 7
PEER_CHANNELS, PEER_BLOCKS, PEER_DENSE = "64,128,256,512", "2,2,2,2", "512,256"
"""a deep plain network of FER-2013's size: about five million parameters at 48x48"""


def stages(model: FaceModel, film: list[np.ndarray]) -> dict[str, float]:
    """Medians of each stage for one face in 640x480."""
    detector, crop = model.detector, model.classifier.crop
    faces = detector.detect(film[0])
    cut = crop_faces(film[0], faces, crop)
    scores = model.answer(film[0], faces)
    turn = iter(film * (RUNS // len(film) + 2))
    work: dict[str, Callable[[], object]] = {
        "detect_ms": lambda: detector.detect(next(turn)),
        "follow_ms": lambda: detector.follow(film[0], faces.boxes_xyxy),
        "align_ms": lambda: crop_faces(film[0], faces, crop),
        "emotion_per_face_ms": lambda: model.classifier.read(cut),
        "draw_ms": lambda: draw_faces(film[0], faces, scores),
    }
    found = {}
    for name, once in work.items():
        times_ms(once, 10)
        found[name] = float(np.median(times_ms(once, RUNS // 2)))
    return found


def whole(model: FaceModel) -> Callable[[np.ndarray, float], None]:
    """Detection, tracking and emotion of a frame."""
    tracker = FaceTracker(model.detector, detect_every=DETECT_EVERY)

    def answer(frame: np.ndarray, time_s: float) -> None:
        model.answer(frame, tracker.update(frame, time_s))

    return answer


def sustained(model: FaceModel, film: list[np.ndarray]) -> dict[str, float]:
    """Frames a second over the whole film, and how many of them had a face."""
    answer, tracker = whole(model), FaceTracker(model.detector, detect_every=DETECT_EVERY)
    seen = np.mean([len(tracker.update(f, k / 30)) == 1 for k, f in enumerate(film)])
    start = perf_counter()
    for k, frame in enumerate(film):
        answer(frame, k / 30)
    return {
        "stream_640x480_fps": len(film) / (perf_counter() - start),
        "stream_frames_with_face_share": float(seen),
    }


def peer() -> Callable[[np.ndarray], None]:
    """OpenCV's Haar cascade on every frame, and a plain network of FER-2013's usual size."""
    import torch

    from emotion_core.training.face_config import FaceNetworkConfig
    from emotion_core.training.face_network import FaceNetwork
    from emotion_core.training.onnx_graph import to_onnx

    torch.manual_seed(0)
    config = FaceNetworkConfig("plain", PEER_CHANNELS, PEER_BLOCKS, PEER_DENSE)
    network = FaceNetwork(config, 7, 0).eval()
    graph = to_onnx(
        network, {"faces": torch.zeros(2, 1, 48, 48)}, {"faces": {0: "face"}},
        ["logits", "votes", "embedding", "maps"],
    )  # fmt: skip
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = available_cores()
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    cascade = cv2.CascadeClassifier(
        str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml")
    )

    def answer(frame: np.ndarray) -> None:
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        for x, y, w, h in cascade.detectMultiScale(grey, 1.1, 5, minSize=(40, 40)):
            crop = cv2.resize(grey[y : y + h, x : x + w], (48, 48))
            session.run(["logits"], {"faces": (crop[None, None] / 255).astype(np.float32)})

    return answer


def against_haar(model: FaceModel, film: list[np.ndarray]) -> dict[str, float]:
    """The peer's time over ours for the same frames, in alternating rounds."""
    answer, theirs = whole(model), peer()
    part = film[:: max(1, len(film) // 40)]
    ratios = []
    for turn in range(ROUNDS + 1):
        start = perf_counter()
        for frame in part:
            theirs(frame)
        middle = perf_counter()
        for k, frame in enumerate(part):
            answer(frame, turn * len(part) / 6 + k / 6)
        ratios.append((middle - start) / (perf_counter() - middle))
    return {"haar_and_plain_cnn_every_frame": float(np.median(ratios[1:]))}


def main() -> None:
    """Measure and write `benchmarks/results/face.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=DEFAULT_FACE_MODEL, help="bundle id or folder")
    parser.add_argument("--seconds", type=float, default=VIDEO_S, help="of the long video")
    parser.add_argument("--frames", type=int, default=SOAK_FRAMES, help="of the soak")
    chosen = parser.parse_args()
    model = load_face_model(chosen.model)
    film = list(frames(round(2 * TURNS_S * FPS)))
    figures = stages(model, film) | sustained(model, film)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video = worker(
            "face", "analyse", chosen.model, str(write_film(folder / "a.mp4", chosen.seconds))
        )
        figures |= {
            "video_s": chosen.seconds,
            "video_5fps_analysed_s": video["seconds"],
            "video_peak_mb": video["peak_mb"],
        }
        soak = worker("face", "stream", chosen.model, str(chosen.frames))
        figures |= {
            "soak_frames": chosen.frames,
            "soak_frames_per_s": chosen.frames / soak["seconds"],
            "soak_peak_mb": soak["peak_mb"],
            "soak_peak_growth_mb": soak["peak_growth_mb"],
        }
        picture = str(folder / "a.png")
        cv2.imwrite(picture, cv2.cvtColor(film[0], cv2.COLOR_RGB2BGR))
        figures |= cold_start("image", picture, chosen.model)
        figures["face_process_peak_mb"] = worker("face", "one", chosen.model, str(picture))[
            "peak_mb"
        ]
    write_record("face", figures, against_haar(model, film))


if __name__ == "__main__":
    main()
