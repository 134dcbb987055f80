"""Voice: latency, speed and memory on an hour, cold start: `python -m benchmarks.audio`."""

import argparse
import tempfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.loading import DEFAULT_AUDIO_MODEL

from .processes import cold_start, worker
from .record import latency, time_over_ours, write_record
from .voices import RATE_HZ, voice, write_voice

CLIP_S = 3.0
CLIPS, RUNS = 20, 200
HOUR_S, SHORT_S = 3600.0, 600.0
ROUNDS, CLIPS_PER_ROUND = 7, 4


def write_clips(folder: Path) -> list[Path]:
    """Clips of three seconds, each with another noise."""
    return [write_voice(folder / f"clip-{k}.wav", CLIP_S, k) for k in range(CLIPS)]


def one_clip(model: AudioModel, clips: list[Path]) -> dict[str, float]:
    """From the path of a file to its answer."""
    turn = cycle(clips)
    return latency("clip_3s", lambda: model.predict(next(turn)), CLIPS, RUNS)


def long_recording(model_id: str, folder: Path, seconds: float) -> dict[str, float]:
    """An hour analysed with everything that the page shows, and a sixth of it for the memory."""
    short = write_voice(folder / "short.wav", seconds * SHORT_S / HOUR_S)
    long = write_voice(folder / "long.wav", seconds)
    few, many = (worker("audio", "analyse", model_id, str(path)) for path in (short, long))
    return {
        "recording_s": seconds,
        "recording_times_real_time": seconds / many["seconds"],
        "recording_peak_mb": many["peak_mb"],
        "recording_peak_growth_mb": many["peak_mb"] - few["peak_mb"],
    }


def peer_pipeline() -> Callable[[dict[str, Any]], Any]:
    """`transformers`' audio classification on a wav2vec2-base-sized model with random weights."""
    import torch
    from transformers import (
        Wav2Vec2Config,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2ForSequenceClassification,
        pipeline,
    )

    torch.manual_seed(0)
    network = Wav2Vec2ForSequenceClassification(
        Wav2Vec2Config(id2label=dict(enumerate("abcdefgh")))
    ).eval()
    return pipeline(
        "audio-classification", model=network, feature_extractor=Wav2Vec2FeatureExtractor()
    )


def against_transformers(model: AudioModel, clips: list[Path]) -> dict[str, float]:
    """The peer's time over ours: the same clips in every round; the peer need not decode."""
    answer = peer_pipeline()
    samples = [voice(CLIP_S, k) for k in range(CLIPS_PER_ROUND)]
    ratio = time_over_ours(
        lambda raw: answer({"raw": raw, "sampling_rate": RATE_HZ}),
        model.predict,
        [list(zip(samples, clips, strict=False))] * (ROUNDS + 1),
    )
    return {"transformers_pipeline_wav2vec2_base": ratio}


def main() -> None:
    """Measure and write `benchmarks/results/audio.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=DEFAULT_AUDIO_MODEL, help="bundle id or folder")
    parser.add_argument("--seconds", type=float, default=HOUR_S, help="of the long recording")
    chosen = parser.parse_args()
    model = load_audio_model(chosen.model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = write_clips(folder)
        figures = one_clip(model, clips)
        figures |= long_recording(chosen.model, folder, chosen.seconds)
        figures |= cold_start("audio", str(clips[0]), chosen.model)
        alone = worker("audio", "one", chosen.model, str(clips[0]))
        figures["audio_process_peak_mb"] = alone["peak_mb"]
        write_record("audio", figures, against_transformers(model, clips))


if __name__ == "__main__":
    main()
