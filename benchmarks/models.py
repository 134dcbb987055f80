"""Every bundle: the time of one answer, side by side in one run: `python -m benchmarks.models`.

A figure is named `<bundle>/<what one answer is>_median_ms`; the bundles take turns, so that what
else the machine does falls on all of them alike.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from pathlib import Path

import numpy as np

from emotion_core.audio.pipeline import load_audio_model
from emotion_core.face.pipeline import load_face_model
from emotion_core.fusion.pipeline import load_fusion_model
from emotion_core.registry import available
from emotion_core.testing import made_up_moments
from emotion_core.text.pipeline import load_text_model
from emotion_core.types import Modality, ModelSpec

from .audio import write_clips
from .record import times_ms, write_record
from .sentences import MARKS, sentence

WORDS = 20
FACE_PX = 160
ROUNDS, RUNS_PER_ROUND = 21, 10
"""the first round does not count"""
ITEMS = 20
ANSWERS: Mapping[Modality, str] = {
    "text": f"text_of_{WORDS}_words",
    "audio": "clip_of_3_s",
    "face": "face_that_is_cut_out",
    "fusion": "fused_window_without_its_encoders",
}
"""modality -> what one answer is, in the names of the figures"""
Answer = Callable[[], object]


def _text(spec: ModelSpec) -> Answer:
    model = load_text_model(spec.folder)
    texts = cycle([sentence(WORDS + MARKS, k) for k in range(ITEMS)])
    return lambda: model.predict(next(texts))


def _face(spec: ModelSpec) -> Answer:
    model, rng = load_face_model(spec.folder), np.random.default_rng(0)
    faces = rng.integers(0, 256, (ITEMS, FACE_PX, FACE_PX, 3), np.uint8)
    turn = cycle(faces)
    return lambda: model.predict(next(turn), aligned=True)


def _fusion(spec: ModelSpec) -> Answer:
    model = load_fusion_model(spec.folder)
    moments = cycle(made_up_moments(model, ITEMS))
    return lambda: model.fuse([next(moments)])


def _audio(spec: ModelSpec, clips: list[Path]) -> Answer:
    model, turn = load_audio_model(spec.folder), cycle(clips)
    return lambda: model.predict(next(turn))


def answers(clips: list[Path]) -> Iterator[tuple[str, Answer]]:
    """Name of the figures and one answer, of each bundle."""
    makers: Mapping[Modality, Callable[[ModelSpec], Answer]] = {
        "text": _text,
        "audio": lambda spec: _audio(spec, clips),
        "face": _face,
        "fusion": _fusion,
    }
    for spec in available():
        yield f"{spec.id}/{ANSWERS[spec.modality]}", makers[spec.modality](spec)


def main() -> None:
    """Measure and write `benchmarks/results/models.json`."""
    with tempfile.TemporaryDirectory() as folder:
        makers = dict(answers(write_clips(Path(folder))))
        times: dict[str, list[np.ndarray]] = {name: [] for name in makers}
        for _ in range(ROUNDS):
            for name, answer in makers.items():
                times[name].append(times_ms(answer, RUNS_PER_ROUND))
    figures = {}
    for name, rounds in times.items():
        counted = np.concatenate(rounds[1:])
        figures[f"{name}_median_ms"] = float(np.median(counted))
        figures[f"{name}_p95_ms"] = float(np.percentile(counted, 95))
    write_record("models", figures, {})


if __name__ == "__main__":
    main()
