"""The command that starts the REST service, which is a package of its own."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from .errors import MissingDependency

EXTRA = "api"
KEYS = "EMOTION_API_KEYS"


def register(app: typer.Typer) -> None:
    """Add the command `serve`."""
    app.command("serve")(serve_command)


def serve_command(
    host: Annotated[str, typer.Option(help="Address to bind to.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to bind to.")] = 8000,
    keys: Annotated[
        Path | None,
        typer.Option(help="JSON file of API keys, made by python -m api.new_key.", envvar=KEYS),
    ] = None,
    origins: Annotated[
        list[str] | None, typer.Option(help="Web origin that may call it; repeatable.")
    ] = None,
    hosts: Annotated[
        list[str] | None,
        typer.Option(help="Name that it answers to; repeatable. Default: localhost's where bound."),
    ] = None,
    batch: Annotated[
        int, typer.Option(min=1, help="Texts of several clients that one run takes; 1: none.")
    ] = 32,
    processes: Annotated[
        int | None,
        typer.Option(min=0, help="Processes that answer media and can be killed; 0: threads."),
    ] = None,
) -> None:
    """Serve the models over HTTP."""
    try:
        settings = import_module("api.settings")
        server = import_module("api.server")
    except ModuleNotFoundError as error:
        raise MissingDependency(error.name or EXTRA, EXTRA) from error
    bound_here = host in settings.LOOPBACK
    chosen = tuple(hosts) if hosts else settings.LOOPBACK if bound_here else ()
    given = {} if processes is None else {"processes": processes}
    limits = settings.Settings(
        keys=keys, origins=tuple(origins or ()), hosts=chosen, batch=batch, **given
    )
    server.serve(host, port, limits)
