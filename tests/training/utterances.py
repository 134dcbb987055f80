"""IEMOCAP and MELD in small, typed after their published layouts, with sound that is spoken."""

from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np

from tests.audio.sounds import RATE, wav_bytes
from tests.face.moving import bright_frame
from tests.training.voices import spoken

SESSIONS = 3
TURNS: Mapping[str, tuple[str, float, str]] = {
    "F000": ("ang", 110.0, "I feel so angry about it."),
    "M000": ("hap", 150.0, "So very happy! [LAUGHTER]"),
    "F001": ("sad", 190.0, "I feel so sad today."),
    "M001": ("exc", 150.0, "Happy, happy day!"),
    "F002": ("neu", 240.0, "It is neutral."),
}
"""turn of a dialogue -> code, pitch in Hz, and what is said"""
UNUSED_TURNS: dict[str, tuple[str, str]] = {
    "M002": ("xxx", "Well."),
    "M003": ("fru", "This is a mess."),
    "F004": ("sur", "Oh!"),
}
FPS, FRAMES = 10, 20
MELD_HEADER = (
    "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,"
    "StartTime,EndTime"
)
MELD_TEXTS = {
    "anger": "Don\x92t anger me!",
    "disgust": "What disgust, yuck.",
    "fear": "I froze in fear.",
    "joy": "Joy, joy, joy!",
    "neutral": "It is neutral, today.",
    "sadness": "Such sadness.",
    "surprise": "What a surprise!",
}
"""label -> what is said, as it stands in the table"""
MELD_FOLDERS = {
    "train": "train_splits",
    "dev": "dev_splits_complete",
    "test": "output_repeated_splits_test",
}


def _iemocap_dialogue(session: Path, dialogue: str, seed: int) -> None:
    labels = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
    said = ["M: Hm."]
    sounds = session / "sentences" / "wav" / dialogue
    sounds.mkdir(parents=True)
    rows = {turn: (code, text) for turn, (code, _, text) in TURNS.items()} | UNUSED_TURNS
    for place, (turn, (code, text)) in enumerate(rows.items()):
        name, start = f"{dialogue}_{turn}", 6.2 + 3 * place
        labels += [
            f"[{start:.4f} - {start + 2:.4f}]\t{name}\t{code}\t[2.5000, 2.5000, 2.5000]",
            "C-E2:\tNeutral;\t()",
            "A-E3:\tval 3; act 2; dom  2;\t()",
            "",
        ]
        said.append(f"{name} [{start:08.4f}-{start + 2:08.4f}]: {text}")
        pitch_hz = TURNS[turn][1] if turn in TURNS else 130.0
        (sounds / f"{name}.wav").write_bytes(wav_bytes(spoken(pitch_hz, 5, seed + place)))
    said.append(f"{dialogue}_MXX0 [090.1000-090.3000]: Uh-huh.")
    for folder, lines in (("EmoEvaluation", labels), ("transcriptions", said)):
        (session / "dialog" / folder).mkdir(parents=True, exist_ok=True)
        (session / "dialog" / folder / f"{dialogue}.txt").write_text("\n".join(lines) + "\n")


def write_iemocap(root: Path) -> Path:
    """Sessions of two speakers with two dialogues each, ten usable utterances in a session."""
    for number in range(1, SESSIONS + 1):
        for kind in ("impro01", "script01_1"):
            dialogue = f"Ses{number:02d}F_{kind}"
            _iemocap_dialogue(root / f"Session{number}", dialogue, 10 * number + len(kind))
    return root


def write_talk(path: Path, level: int, pitch_hz: float, seed: int = 0) -> Path:
    """An MP4 of two seconds: something bright, which a test takes for a face, and speech."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = bright_frame(100, level=level)
    samples = np.resize(spoken(pitch_hz, 8, seed), (1, RATE * FRAMES // FPS))
    with av.open(str(path), "w", format="mp4") as container:
        picture = container.add_stream("libx264", FPS)
        sound = container.add_stream("aac", RATE)
        assert isinstance(picture, av.VideoStream)
        picture.height, picture.width = frame.shape[:2]
        picture.pix_fmt = "yuv420p"
        for _ in range(FRAMES):
            container.mux(picture.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(picture.encode())
        block = av.AudioFrame.from_ndarray(samples.astype(np.float32), "fltp", "mono")
        block.sample_rate = RATE
        container.mux(sound.encode(block))
        container.mux(sound.encode())
    return path


def write_meld(root: Path, dialogues: int = 1) -> Path:
    """Three splits with the same numbers of dialogues, in each of which every label is heard."""
    root.mkdir(parents=True, exist_ok=True)
    for split, folder in MELD_FOLDERS.items():
        lines = [MELD_HEADER]
        for dialogue in range(dialogues):
            for place, (label, text) in enumerate(MELD_TEXTS.items()):
                clock = f'"00:16:{10 + 3 * place},059","00:16:{12 + 3 * place},059"'
                lines.append(
                    f'{len(lines)},"{text}",Joey,{label},x,{dialogue},{place},8,21,{clock}'
                )
                name = f"dia{dialogue}_utt{place}.mp4"
                write_talk(root / folder / name, 140 + 16 * place, 110.0 + 30 * place, dialogue)
        (root / f"{split}_sent_emo.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root
