"""Sounds, pictures, videos and recordings."""

from fastapi import APIRouter, Depends, Request, Response

from emotion_core.audio.windows import check_window
from emotion_core.recording.captions.reading import MAX_BYTES, read_transcript

from .access import Owner, needs
from .models import target_labels
from .openapi import form_body
from .responses import JSON
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
from .task import NO_ANSWER, Task
from .tasks import Film, Picture, Recording, Sound, task_of
from .uploads import FORM_BYTES, checked, declared_size, read_form
from .work import Hold

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
    limits = service.settings
    limit = limits.audio_bytes + FORM_BYTES
    with service.budget.hold(declared_size(request, limit)) as hold:
        form = await read_form(request, limit, limits.upload_s)
        asked = checked(form, AudioFields)
        check_window(asked.window, asked.hop)
        spec = service.models.spec("audio", asked.model)
        labels = target_labels([spec], asked.labels, spec)
        given = Sound(
            model=spec.id,
            labels=labels,
            asked=asked,
            at_once_bytes=limits.audio_at_once_bytes,
            at_once_s=limits.audio_at_once_s,
        )
        found = await service.media.at_once(task_of("audio", given, form.file))
        if found == NO_ANSWER:
            whole = asked.model_copy(update={"timeline": True})
            long = Sound(model=spec.id, labels=labels, asked=whole)
            task = task_of("audio", long, form.file)
            return _queued(request, service, owner, "audio", task, hold)
    service.metrics.answered.labels("audio").inc()
    return Response(found, media_type=JSON)


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
        given = Picture(model=spec.id, labels=labels, asked=asked)
        found = await service.media.at_once(task_of("image", given, form.file))
    service.metrics.answered.labels("image").inc()
    return Response(found, media_type=JSON)


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
        task = task_of("video", Film(model=spec.id, labels=labels, asked=asked), form.file)
        return _queued(request, service, owner, "video", task, hold)


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
        media = [form.file]
        if (words := form.transcript) is not None:
            await service.desk.do(lambda: read_transcript(words))  # what cannot be read fails now
            media.append(words)
        specs = {m: service.models.spec(m) for m in ("text", "audio", "face", "fusion")}
        labels = target_labels(list(specs.values()), asked.labels, specs["fusion"])
        task = task_of("recording", Recording(labels=labels, asked=asked), *media)
        return _queued(request, service, owner, "recording", task, hold)


def _queued(
    request: Request, service: Service, owner: str, kind: str, task: Task, hold: Hold
) -> Response:
    """A job that gives its part of the budget back when it ends."""
    release = hold.keep()
    try:
        job = service.jobs.submit(kind, owner, service.media.job(task), release)
    except BaseException:
        release()
        raise
    service.metrics.answered.labels(kind).inc()
    return accepted(request, job)
