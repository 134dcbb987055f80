"""Sounds, pictures, videos and recordings."""

from fastapi import APIRouter, Depends, Request, Response

from emotion_core.audio.decode import AudioStream
from emotion_core.audio.windows import check_window
from emotion_core.recording.captions.reading import MAX_BYTES, read_transcript
from emotion_core.types import ModelSpec

from .access import Owner, needs
from .answers import image_answer, recording_answer, video_answer, voice_answer
from .jobs import Watch, Work
from .models import target_labels
from .openapi import form_body
from .responses import json_response
from .routes_jobs import accepted
from .schema import (
    AudioAnswer,
    AudioFields,
    ImageAnswer,
    ImageFields,
    JobAnswer,
    RecordingFields,
    VideoFields,
)
from .service import Service, ServiceOf
from .settings import Settings
from .uploads import FORM_BYTES, checked, declared_size, read_form
from .work import Hold

NAME = "the recording"
"""what messages call every upload: names of files are not used"""
router = APIRouter(tags=["predict"])
ACCEPTED = {"model": JobAnswer, "description": "A job was made; see its Location."}


@router.post(
    "/predict/audio",
    dependencies=[Depends(needs("audio"))],
    openapi_extra=form_body(AudioFields),
    responses={200: {"model": AudioAnswer}, 202: ACCEPTED},
)
async def predict_audio(request: Request, service: ServiceOf, owner: Owner) -> Response:
    """How a voice sounds; a long recording becomes a job."""
    limit = service.settings.audio_bytes + FORM_BYTES
    with service.budget.hold(declared_size(request, limit)) as hold:
        form = await read_form(request, limit, service.settings.upload_s)
        asked = checked(form, AudioFields)
        check_window(asked.window, asked.hop)
        spec = service.models.spec("audio", asked.model)
        labels = target_labels([spec], asked.labels, spec)
        if await service.desk.do(lambda: is_long(form.file, service.settings)):
            work = _audio_job(service, spec, labels, form.file, asked)
            return _queued(request, service, owner, "audio", work, hold)

        def answer() -> AudioAnswer:
            model = service.models.audio(spec)
            if not asked.timeline:
                scores = model.predict(form.file, name=NAME)
                return voice_answer(scores, None, spec, labels)
            found = model.analyse(form.file, window_s=asked.window, hop_s=asked.hop, name=NAME)
            return voice_answer(found.scores, found, spec, labels)

        found = await service.desk.do(answer)
    service.metrics.answered.labels("audio").inc()
    return json_response(found)


def is_long(sound: bytes, settings: Settings) -> bool:
    """Whether a recording is answered as a job; by its size, else by what its header says.

    Raises:
        InvalidInput: if it is no recording
    """
    with AudioStream(sound, name=NAME) as stream:
        expected_s = stream.expected_s
    if len(sound) > settings.audio_at_once_bytes:
        return True
    return expected_s is not None and expected_s > settings.audio_at_once_s


def _audio_job(
    service: Service, spec: ModelSpec, labels: tuple[str, ...], sound: bytes, asked: AudioFields
) -> Work:
    def work(watch: Watch) -> dict[str, object]:
        found = service.models.audio(spec).analyse(
            sound,
            window_s=asked.window,
            hop_s=asked.hop,
            on_progress=watch.on_seconds,
            should_stop=watch.should_stop,
            name=NAME,
        )
        return voice_answer(found.scores, found, spec, labels).model_dump()

    return work


@router.post(
    "/predict/image",
    dependencies=[Depends(needs("image"))],
    openapi_extra=form_body(ImageFields),
    responses={200: {"model": ImageAnswer}},
)
async def predict_image(request: Request, service: ServiceOf) -> Response:
    """What every face of a picture expresses; a picture without a face is no error."""
    limit = service.settings.image_bytes + FORM_BYTES
    with service.budget.hold(declared_size(request, limit)):
        form = await read_form(request, limit, service.settings.upload_s)
        asked = checked(form, ImageFields)
        spec = service.models.spec("face", asked.model)
        labels = target_labels([spec], asked.labels, spec)

        def answer() -> ImageAnswer:
            found = service.models.face(spec).predict(form.file, asked.aligned)
            return image_answer(found, spec, labels)

        found = await service.desk.do(answer)
    service.metrics.answered.labels("image").inc()
    return json_response(found)


@router.post(
    "/predict/video",
    status_code=202,
    dependencies=[Depends(needs("video"))],
    openapi_extra=form_body(VideoFields),
    responses={202: ACCEPTED},
)
async def predict_video(request: Request, service: ServiceOf, owner: Owner) -> Response:
    """What everybody in a video expresses, along time; always a job."""
    limit = service.settings.video_bytes + FORM_BYTES
    with service.budget.hold(declared_size(request, limit)) as hold:
        form = await read_form(request, limit, service.settings.upload_s)
        asked = checked(form, VideoFields)
        spec = service.models.spec("face", asked.model)
        labels = target_labels([spec], asked.labels, spec)

        def work(watch: Watch) -> dict[str, object]:
            found = service.models.face(spec).analyse(
                form.file,
                fps=asked.fps,
                on_progress=watch.on_seconds,
                should_stop=watch.should_stop,
            )
            return video_answer(found, spec, labels).model_dump()

        return _queued(request, service, owner, "video", work, hold)


@router.post(
    "/predict/recording",
    status_code=202,
    dependencies=[Depends(needs("recording"))],
    openapi_extra=form_body(RecordingFields, transcript=True),
    responses={202: ACCEPTED},
)
async def predict_recording(request: Request, service: ServiceOf, owner: Owner) -> Response:
    """What words, voice and faces express, one by one and together; always a job."""
    limit = service.settings.video_bytes + FORM_BYTES + MAX_BYTES
    with service.budget.hold(declared_size(request, limit)) as hold:
        form = await read_form(request, limit, service.settings.upload_s)
        asked = checked(form, RecordingFields)
        check_window(asked.window, asked.hop)
        given = form.transcript
        words = await service.desk.do(lambda: read_transcript(given)) if given else None
        specs = {m: service.models.spec(m) for m in ("text", "audio", "face", "fusion")}
        labels = target_labels(list(specs.values()), asked.labels, specs["fusion"])

        def work(watch: Watch) -> dict[str, object]:
            model = service.models.recording()
            found = model.analyse(
                form.file,
                transcript=words,
                fps=asked.fps,
                window_s=asked.window,
                hop_s=asked.hop,
                on_stage=watch.on_stage,
                should_stop=watch.should_stop,
                name=NAME,
            )
            return recording_answer(found, model.specs, labels).model_dump()

        return _queued(request, service, owner, "recording", work, hold)


def _queued(
    request: Request, service: Service, owner: str, kind: str, work: Work, hold: Hold
) -> Response:
    """A job that gives its part of the budget back when it ends."""
    release = hold.keep()
    try:
        job = service.jobs.submit(kind, owner, work, release)
    except BaseException:
        release()
        raise
    service.metrics.answered.labels(kind).inc()
    return accepted(request, job)
