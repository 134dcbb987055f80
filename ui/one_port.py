"""What the dashboard's server has beside its pages: a folder for uploads, and the REST service.

The service is under `/api` of the same port, and off unless `[api]` of `.streamlit/secrets.toml`
or the environment switch it on: `docs/api.md`.
"""

import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from emotion_core.errors import InvalidInput, MissingDependency

from . import sign_in, temporary
from .secrets import secrets_section

if TYPE_CHECKING:
    from fastapi import FastAPI

SECTION, PREFIX = "api", "EMOTION_API"
"""of the secrets; of variables of the environment"""
ON = ("1", "true", "yes", "on")
EXTRA = "api"


@dataclass(frozen=True)
class ApiSettings:
    """How the service is switched on.

    Attributes:
        enabled: whether it is
        keys: JSON file of API keys; empty lets everybody in who reaches the port
        origins: web origins whose pages may call it
        hosts: names that it answers to; empty for those of localhost
        processes: as `api.settings.Settings` has it; None takes its default
    """

    enabled: bool = False
    keys: str = ""
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    processes: int | None = None


def read_settings(section: Mapping[str, Any], environment: Mapping[str, str]) -> ApiSettings:
    """What the secrets say, and over them the environment.

    Args:
        section: `[api]` of the secrets
        environment: `EMOTION_API=1`, `EMOTION_API_KEYS=FILE`, ...; commas part several

    Raises:
        InvalidInput: if there is an unknown name
    """
    names = [field.name for field in fields(ApiSettings)]
    if unknown := sorted(set(section) - set(names)):
        raise InvalidInput(
            f"[{SECTION}] of the secrets: expected {', '.join(names)}, got {unknown[0]}"
        )
    found = dict(section)
    for name in names:
        variable = PREFIX if name == "enabled" else f"{PREFIX}_{name.upper()}"
        if value := environment.get(variable):
            found[name] = value
    return ApiSettings(
        enabled=str(found.get("enabled", "")).lower() in ON,
        keys=str(found.get("keys", "")),
        origins=_several(found.get("origins", ())),
        hosts=_several(found.get("hosts", ())),
        processes=int(found["processes"]) if "processes" in found else None,
    )


def _several(value: str | Sequence[str]) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(filter(None, (part.strip() for part in parts)))


def parts() -> dict[str, Any]:
    """What `st.App` gets beside its script: the routes of the service, and what begins and ends.

    Raises:
        InvalidInput: if the port can be reached from elsewhere and there are no keys
        MissingDependency: if FastAPI is not installed
    """
    from starlette.routing import Mount

    settings, service = read_settings(secrets_section(SECTION), os.environ), None
    if settings.enabled:
        address, signing_in = st.get_option("server.address"), secrets_section(sign_in.SECTION)
        service = make_service(settings, address or "", signing_in=bool(signing_in))

    @asynccontextmanager
    async def lifespan(_: st.App) -> AsyncGenerator[None]:
        temporary.folder_of_process()
        yield
        temporary.delete_folder()
        if service is not None:
            await service.state.service.close()

    routes = [] if service is None else [Mount(f"/{SECTION}", app=service)]
    return {"routes": routes, "lifespan": lifespan}


def make_service(settings: ApiSettings, address: str, *, signing_in: bool = False) -> "FastAPI":
    """The service, with the models that the pages have opened.

    Args:
        settings: of the service
        address: that the dashboard is bound to; empty for every one of this computer
        signing_in: whether visitors of the pages must sign in, which programs cannot
    """
    try:
        from api import app, logs
        from api.models import Loaders, ModelStore
        from api.settings import LOOPBACK, Settings
    except ModuleNotFoundError as error:
        raise MissingDependency(error.name or EXTRA, EXTRA) from error
    from . import models

    if not settings.keys and (signing_in or address not in LOOPBACK):
        why = "asks to sign in" if signing_in else f"is bound to {address or 'any address'}"
        raise InvalidInput(
            f"the service is switched on, and the dashboard {why}: expected keys = FILE in "
            f"[{SECTION}] of the secrets, or ${PREFIX}_KEYS; make a key with python -m api.new_key"
        )
    logs.log_service()
    limits = Settings(
        keys=Path(settings.keys) if settings.keys else None,
        origins=settings.origins,
        hosts=settings.hosts or LOOPBACK,
        **({} if settings.processes is None else {"processes": settings.processes}),
    )
    shared = Loaders(
        models.shared_text, models.shared_audio, models.shared_face, models.fusion_model
    )
    return app.create_app(limits, ModelStore(loaders=shared))
