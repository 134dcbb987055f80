"""`create_app`: the service as an ASGI app, to be run alone or mounted in another one."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

import emotion_core

from . import refusals, routes_about, routes_jobs, routes_media, routes_stream, routes_text
from .models import ModelStore
from .observed import REQUEST_ID, Observed
from .openapi import PROBLEMS
from .service import Service
from .settings import Settings

API = "/api"
ROUTERS = (
    routes_about.router,
    routes_text.router,
    routes_media.router,
    routes_jobs.router,
    routes_stream.router,
)


def create_app(settings: Settings = Settings(), models: ModelStore | None = None) -> FastAPI:
    """The service.

    Args:
        settings: its limits
        models: opened models to share, such as a dashboard's; None takes those of the registry

    Raises:
        InvalidInput: if the file of keys cannot be read or holds none
    """
    service = Service(settings, models)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await service.close()

    app = FastAPI(
        title="Emotion recognition",
        summary="Tell emotions from text, voice and faces.",
        version=emotion_core.__version__,
        lifespan=lifespan,
        responses=PROBLEMS,
        docs_url=None,
        openapi_url=None,
        redoc_url=None,
    )
    app.state.service = service
    for router in ROUTERS:
        app.include_router(router, prefix=API)
        app.include_router(router, include_in_schema=False)
    refusals.install(app)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", REQUEST_ID],
            expose_headers=["Location", "Retry-After", REQUEST_ID],
        )
    app.add_middleware(
        Observed, metrics=service.metrics, hosts=settings.hosts, origins=settings.origins
    )
    return app
