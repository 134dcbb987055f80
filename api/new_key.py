"""`python -m api.new_key ID --file FILE`: makes an API key and prints it, once."""

from pathlib import Path
from typing import Annotated

import typer

from emotion_core.errors import InvalidInput

from .keys import SCOPES, Scope, new_key, read_keys, write_keys

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def make(
    name: Annotated[str, typer.Argument(help="What logs call the key.")],
    file: Annotated[Path, typer.Option(help="JSON file of keys; made if it is not there.")],
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="What it may do; repeatable. Default: all.")
    ] = None,
    per_minute: Annotated[float, typer.Option(min=0.1, help="Requests a minute.")] = 600.0,
    burst: Annotated[int, typer.Option(min=1, help="Requests at once.")] = 60,
) -> None:
    """Make an API key; the file holds its hash alone."""
    chosen: frozenset[Scope] = frozenset(
        scope for scope in SCOPES if scopes is None or scope in scopes
    )
    if scopes is not None and (unknown := sorted(set(scopes) - chosen)):
        raise typer.BadParameter(f"no scope {unknown[0]!r}; there are: {', '.join(SCOPES)}")
    try:
        keys = read_keys(file)
        if any(key.id == name for key in keys):
            raise InvalidInput(f"{file} has a key {name!r}; choose another id or remove it")
        secret, stored = new_key(name, chosen, per_minute, burst)
        write_keys(file, [*keys, stored])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(secret)


if __name__ == "__main__":
    app()
