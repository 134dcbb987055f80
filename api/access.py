"""Who may ask for what; asked before a byte of the body is read."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from .keys import ApiKey, Scope
from .problems import RETRY_AFTER, Problem
from .service import ServiceOf

ANYBODY = ""
"""owner of the jobs of a service without keys"""
Bearer = Annotated[
    HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False, description="Key"))
]
Header = Annotated[str | None, Depends(APIKeyHeader(name="X-API-Key", auto_error=False))]


async def _key(
    service: ServiceOf, request: Request, bearer: Bearer, header: Header
) -> ApiKey | None:
    """The key of a request; None where the service has none.

    Raises:
        Problem: if there is no key, or nobody knows it
    """
    if service.keys is None:
        return None
    secret = bearer.credentials if bearer else header
    key = service.keys.find(secret) if secret else None
    if key is None:
        came = "another one" if secret else "none"
        raise Problem(
            "no-key",
            f"expected a known API key in Authorization: Bearer or X-API-Key, got {came}",
            {"WWW-Authenticate": "Bearer"},
        )
    request.state.key = key.id
    if wait_s := service.keys.wait_s(key):
        raise Problem(
            "rate-limit",
            f"expected {key.per_minute:g} requests a minute at most; try again in {wait_s} s",
            {RETRY_AFTER: str(wait_s)},
        )
    return key


Key = Annotated[ApiKey | None, Depends(_key)]


async def owner_of(key: Key) -> str:
    """Whose jobs a request sees."""
    return ANYBODY if key is None else key.id


Owner = Annotated[str, Depends(owner_of)]


def needs(scope: Scope) -> Callable[[ApiKey | None], Awaitable[None]]:
    """A dependency that asks for a scope."""

    async def check(key: Key) -> None:
        if key is not None and scope not in key.scopes:
            held = ", ".join(sorted(key.scopes)) or "none"
            raise Problem("missing-scope", f"expected a key with {scope!r}, got one with {held}")

    return check
