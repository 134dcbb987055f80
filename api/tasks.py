"""What is done with sounds, pictures, videos and recordings: media in, answers out.

The same functions run in a process of their own, which can be killed (`python -m api.tasks`), or
in a thread here.
"""

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel

from emotion_core.audio.decode import AudioStream
from emotion_core.errors import InvalidInput
from emotion_core.recording.captions.reading import read_transcript
from emotion_core.types import Waveform

from .answers import image_answer, recording_answer, video_answer, voice_answer
from .models import ModelStore
from .schema import AudioAnswer, AudioFields, ImageFields, RecordingFields, VideoFields
from .task import Task, TaskWatch, Work
from .worker import serve

NAME = "the recording"
"""what messages call every upload: names of files are not used"""
SAMPLES = "<f4"
"""of a stretch of sound between processes"""


class Chosen(BaseModel):
    """Model and labels of an answer, both checked already.

    Attributes:
        model: id
        labels: ordered
    """

    model: str
    labels: tuple[str, ...]


class Sound(Chosen):
    """A sound file.

    Attributes:
        asked: what came beside it
        at_once_bytes: a larger one is not answered; None answers any
        at_once_s: nor a longer one, by its header
    """

    asked: AudioFields
    at_once_bytes: int | None = None
    at_once_s: float = 0.0


class Heard(Chosen):
    """Samples of a stream, mono float32.

    Attributes:
        rate: in Hz
    """

    rate: int


class Picture(Chosen):
    """A picture."""

    asked: ImageFields


class Film(Chosen):
    """A video."""

    asked: VideoFields


class Recording(BaseModel):
    """A recording, and its transcript where there is one."""

    labels: tuple[str, ...]
    asked: RecordingFields


def task_of(name: str, fields: BaseModel, *media: bytes) -> Task:
    """A task with its fields as JSON."""
    return Task(name, fields.model_dump(mode="json"), list(media))


def _is_long(sound: bytes, given: Sound) -> bool:
    """Whether a recording is answered as a job; by its size, else by what its header says."""
    with AudioStream(sound, name=NAME) as stream:
        expected_s = stream.expected_s
    if given.at_once_bytes is None:
        return False
    return len(sound) > given.at_once_bytes or (expected_s or 0.0) > given.at_once_s


def _audio(
    models: ModelStore, fields: object, media: list[bytes], watch: TaskWatch
) -> AudioAnswer | None:
    """How a voice sounds; None where it takes a job to tell."""
    given, sound = Sound.model_validate(fields), media[0]
    if _is_long(sound, given):
        return None
    spec = models.spec("audio", given.model)
    model, asked = models.audio(spec), given.asked
    if not asked.timeline:
        return voice_answer(model.predict(sound, name=NAME), None, spec, given.labels)
    found = model.analyse(
        sound,
        window_s=asked.window,
        hop_s=asked.hop,
        on_progress=watch.on_seconds,
        should_stop=watch.should_stop,
        name=NAME,
    )
    return voice_answer(found.scores, found, spec, given.labels)


def _heard(models: ModelStore, fields: object, media: list[bytes], _: TaskWatch) -> AudioAnswer:
    """How a stretch of a stream sounds; no answer where nobody speaks."""
    given = Heard.model_validate(fields)
    spec = models.spec("audio", given.model)
    waveform = Waveform(np.frombuffer(media[0], SAMPLES), given.rate)
    try:
        scores = models.audio(spec).predict(waveform, name="the stream")
    except InvalidInput as error:
        silent = voice_answer(None, None, spec, given.labels)
        return silent.model_copy(update={"notices": [str(error)]})
    return voice_answer(scores, None, spec, given.labels)


def _image(models: ModelStore, fields: object, media: list[bytes], _: TaskWatch) -> BaseModel:
    """What every face of a picture expresses."""
    given = Picture.model_validate(fields)
    spec = models.spec("face", given.model)
    found = models.face(spec).predict(media[0], given.asked.aligned)
    return image_answer(found, spec, given.labels)


def _video(models: ModelStore, fields: object, media: list[bytes], watch: TaskWatch) -> BaseModel:
    """What everybody in a video expresses, along time."""
    given = Film.model_validate(fields)
    spec = models.spec("face", given.model)
    found = models.face(spec).analyse(
        media[0],
        fps=given.asked.fps,
        on_progress=watch.on_seconds,
        should_stop=watch.should_stop,
    )
    return video_answer(found, spec, given.labels)


def _recording(
    models: ModelStore, fields: object, media: list[bytes], watch: TaskWatch
) -> BaseModel:
    """What words, voice and faces express, one by one and together."""
    given, model = Recording.model_validate(fields), models.recording()
    found = model.analyse(
        media[0],
        transcript=read_transcript(media[1]) if len(media) > 1 else None,
        fps=given.asked.fps,
        window_s=given.asked.window,
        hop_s=given.asked.hop,
        on_stage=watch.on_stage,
        should_stop=watch.should_stop,
        name=NAME,
    )
    return recording_answer(found, model.specs, given.labels)


TASKS: Mapping[str, Work] = {
    "audio": _audio,
    "heard": _heard,
    "image": _image,
    "video": _video,
    "recording": _recording,
}


if __name__ == "__main__":
    serve(TASKS, ModelStore())
