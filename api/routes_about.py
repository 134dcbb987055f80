"""Health, models, metrics, the description and kinds of problems."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

import emotion_core

from .access import needs
from .models import DEFAULTS
from .openapi import description, kinds
from .problems import overloaded
from .reference import POLICY, page
from .schema import Health, LoadedModel, ModelAnswer
from .service import Service, ServiceOf

router = APIRouter(tags=["about"])


def _health(service: Service) -> Health:
    store = service.models
    return Health(
        status="ok",
        ready=store.ready,
        version=emotion_core.__version__,
        models=[
            LoadedModel(
                id=s.id, modality=s.modality, loaded=store.is_open(s.id), sha256=dict(s.files)
            )
            for s in store.specs.values()
        ],
    )


@router.get("/health")
async def health(service: ServiceOf) -> Health:
    """That the service runs, and the models that it answers with."""
    return _health(service)


@router.get("/health/ready")
async def ready(service: ServiceOf) -> Health:
    """The same; 503 while a default model is missing or the queue is full."""
    if not service.models.ready:
        raise overloaded("a default model is missing", 60)
    if service.desk.is_full or service.media.desk.is_full:
        raise overloaded("the queue is full")
    return _health(service)


@router.get("/models")
async def models(service: ServiceOf) -> list[ModelAnswer]:
    """The models, with what each scored and by which protocol."""
    return [
        ModelAnswer(
            id=s.id,
            modality=s.modality,
            labels=list(s.labels),
            multi_label=s.multi_label,
            licence=s.licence,
            metrics=dict(s.metrics),
            protocol=s.protocol,
            default=s.id in DEFAULTS.values(),
        )
        for s in service.models.specs.values()
    ]


@router.get("/problems")
async def problems() -> dict[str, dict[str, object]]:
    """What the addresses in a problem's `type` mean."""
    return kinds()


def _description(request: Request, service: Service) -> dict[str, Any]:
    return description(request.app, keyed=service.keys is not None)


@router.get("/docs", include_in_schema=False, response_class=HTMLResponse)
async def docs(request: Request, service: ServiceOf) -> HTMLResponse:
    """The description as a page, in which one can also ask."""
    return HTMLResponse(
        page(_description(request, service)), headers={"Content-Security-Policy": POLICY}
    )


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request, service: ServiceOf) -> JSONResponse:
    """The description."""
    return JSONResponse(_description(request, service))


@router.get(
    "/metrics",
    dependencies=[Depends(needs("metrics"))],
    response_class=PlainTextResponse,
)
async def metrics(service: ServiceOf) -> Response:
    """Requests, times, models and jobs, for Prometheus."""
    for state, count in service.jobs.counts().items():
        service.metrics.jobs.labels(state).set(count)
    return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)
