"""Recordings as they came, and as a browser can play them."""

import io
from pathlib import Path

import soundfile

from emotion_core.audio.decode import SAMPLE_RATE, AudioStream

from .player import Medium
from .uploads import Upload

PLAYED = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".mp4": "audio/mp4",
    ".aac": "audio/aac",
    ".webm": "audio/webm",
}
"""ending of the files that browsers play as they are -> their type"""
CONVERTED_S = 1800.0
"""longest recording that is converted for the browser; it takes 58 MB"""


def converted(recording: Upload, duration_s: float) -> Medium | None:
    """A recording as a 16 kHz WAV, which every browser plays; None where it is too long.

    Raises:
        InvalidInput: if it cannot be decoded
    """
    if duration_s > CONVERTED_S:
        return None
    target = io.BytesIO()
    with (
        AudioStream(recording.content, name=recording.name) as stream,
        soundfile.SoundFile(target, "w", SAMPLE_RATE, 1, "PCM_16", format="WAV") as file,
    ):
        for block in stream:
            file.write(block)
    return Medium(target.getvalue(), "audio/wav")


def playable(recording: Upload, duration_s: float) -> Medium | None:
    """What a browser plays: the file itself where its ending promises that, else a WAV of it.

    Raises:
        InvalidInput: if it has to be converted and cannot be decoded
    """
    mimetype = PLAYED.get(Path(recording.name).suffix.lower())
    if mimetype is None:
        return converted(recording, duration_s)
    return Medium(recording.content, mimetype)
