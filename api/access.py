"""Who may ask for what; asked before a byte of the body is read."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from .keys import ApiKey, KeyRing, Scope
from .problems import RETRY_AFTER, Problem
from .service import ServiceOf

ANYBODY = ""
"""owner of the jobs of a service without keys"""
Bearer = Annotated[
    HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False, description="Key"))
]
Header = Annotated[str | None, Depends(APIKeyHeader(name="X-API-Key", auto_error=False))]


def known_key(keys: KeyRing, secret: str | None) -> ApiKey:
    """The key of a secret.

    Raises:
        Problem: if there is none, or nobody knows it
    """
    key = keys.find(secret) if secret else None
    if key is None:
        came = "another one" if secret else "none"
        raise Problem(
            "no-key",
            f"expected a known API key in Authorization: Bearer or X-API-Key, got {came}",
            {"WWW-Authenticate": "Bearer"},
        )
    return key


def take_request(keys: KeyRing, key: ApiKey) -> None:
    """Count a request.

    Raises:
        Problem: if the key has none left
    """
    if wait_s := keys.wait_s(key):
        raise rate_limit(key, wait_s)


def rate_limit(key: ApiKey, wait_s: int) -> Problem:
    """That a key has no request left."""
    return Problem(
        "rate-limit",
        f"expected {key.per_minute:g} requests a minute at most; try again in {wait_s} s",
        {RETRY_AFTER: str(wait_s)},
    )


def check_scope(key: ApiKey | None, scope: Scope) -> None:
    """Raise a problem unless a key may do this; without keys, everybody may."""
    if key is not None and scope not in key.scopes:
        held = ", ".join(sorted(key.scopes)) or "none"
        raise Problem("missing-scope", f"expected a key with {scope!r}, got one with {held}")


async def _key(
    service: ServiceOf, request: Request, bearer: Bearer, header: Header
) -> ApiKey | None:
    """The key of a request; None where the service has none."""
    if service.keys is None:
        return None
    key = known_key(service.keys, bearer.credentials if bearer else header)
    request.state.key = key.id
    take_request(service.keys, key)
    return key


Key = Annotated[ApiKey | None, Depends(_key)]


async def owner_of(key: Key) -> str:
    """Whose jobs a request sees."""
    return ANYBODY if key is None else key.id


Owner = Annotated[str, Depends(owner_of)]


def needs(scope: Scope) -> Callable[[ApiKey | None], Awaitable[None]]:
    """A dependency that asks for a scope."""

    async def check(key: Key) -> None:
        check_scope(key, scope)

    return check
