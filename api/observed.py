"""The outermost layer: request id, host check, metrics, one log line, and no stack trace."""

import re
import time
import uuid
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .logs import LOG, place_of
from .metrics import Metrics
from .problems import Problem
from .refusals import response_of

REQUEST_ID = "X-Request-ID"
GONE = 499
"""in logs: the client went away before the answer"""
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HARMLESS = {"GET", "HEAD", "OPTIONS"}
SOCKET, SWITCHED = "WEBSOCKET", 101
"""method and status of a WebSocket, in logs and figures"""
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", SOCKET}


class Observed:
    """ASGI layer around the whole service.

    Args:
        app: the layers within
        metrics: of the service
        hosts: names that it answers to; empty for any
        origins: whose pages may call it, beside its own
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, hosts: Iterable[str], origins: Iterable[str]
    ) -> None:
        self.app, self.metrics = app, metrics
        self.hosts, self.origins = frozenset(hosts), frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        await _Exchange(self, scope).run(receive, send)


class _Exchange:
    """One request and its response."""

    def __init__(self, layer: Observed, scope: Scope) -> None:
        self.layer, self.scope = layer, scope
        self.headers = Headers(scope=scope)
        given = self.headers.get(REQUEST_ID, "")
        self.id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        self.method = scope.get("method", SOCKET)
        self.status, self.began = GONE, time.perf_counter()
        self.started = False
        scope.setdefault("state", {})["request_id"] = self.id

    async def run(self, receive: Receive, send: Send) -> None:
        async def tagged(message: Message) -> None:
            if message["type"] == "websocket.accept":
                self.started, self.status = True, SWITCHED
            if message["type"].endswith("http.response.start"):
                self.started, self.status = True, message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = self.id
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            if problem := self._stranger():
                await self._refuse(problem, receive, tagged)
            else:
                await self.layer.app(self.scope, receive, tagged)
        except ClientDisconnect:
            self.status = GONE
        except Exception as error:  # noqa: BLE001  a trace would quote what was sent
            fields = {"request_id": self.id, "error": type(error).__name__}
            LOG.error("unexpected error", extra={"fields": fields | {"place": place_of(error)}})
            detail = f"this is a fault of the service; name the request id {self.id}"
            await self._refuse(Problem("internal", detail), receive, tagged)
        finally:
            self._note()

    async def _refuse(self, problem: Problem, receive: Receive, send: Send) -> None:
        if not self.started:
            response = response_of(problem, self.scope["path"])
            await response(self.scope, receive, send)

    def _stranger(self) -> Problem | None:
        """Why a request is refused for where it comes from.

        A browser sends a plain form to any address, and CORS hides the answer alone; so a page of
        another origin is turned away before it costs anything.
        """
        host = self.headers.get("host", "").lower().rpartition("@")[2]
        name = re.sub(r":\d+$", "", host).strip("[]")
        if self.layer.hosts and name not in self.layer.hosts:
            detail = "expected a name of this service in Host; see its setting of hosts"
            return Problem("wrong-host", detail)
        origin = self.headers.get("origin")
        if origin is None or origin in self.layer.origins or self.method in _HARMLESS:
            return None
        if origin.partition("://")[2] == host:
            return None
        return Problem("wrong-origin", "expected a page of this service, or one of its origins")

    def _note(self) -> None:
        route = getattr(self.scope.get("route"), "path", "unmatched")
        method = self.method if self.method in _METHODS else "other"
        seconds = time.perf_counter() - self.began
        self.layer.metrics.requests.labels(route, method, self.status).inc()
        self.layer.metrics.seconds.labels(route).observe(seconds)
        fields = {
            "request_id": self.id,
            "method": method,
            "route": route,
            "status": self.status,
            "ms": round(1000 * seconds, 1),
            "key": self.scope["state"].get("key"),
        }
        LOG.info("request", extra={"fields": fields})
