"""A tiny OpenID Connect provider on a loopback port: everybody is let in at once."""

import secrets
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "emotion", "a-secret-of-the-test-alone"


class Provider:
    """Tells that whoever comes is the same person.

    Attributes:
        email: of that person
        base: address of the provider
    """

    def __init__(self, email: str) -> None:
        self.email, self.base = email, ""
        self._key = RSAKey.generate_key(2048, {"kid": "test", "use": "sig"})
        self._nonces: dict[str, str] = {}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._described),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )

    async def _described(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.base,
                "authorization_endpoint": f"{self.base}/authorize",
                "token_endpoint": f"{self.base}/token",
                "jwks_uri": f"{self.base}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _authorize(self, request: Request) -> RedirectResponse:
        asked, code = request.query_params, secrets.token_urlsafe(8)
        self._nonces[code] = asked.get("nonce", "")
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}")

    async def _token(self, request: Request) -> JSONResponse:
        form, now = await request.form(), int(time.time())
        claims = {
            "iss": self.base,
            "aud": CLIENT_ID,
            "sub": "1",
            "iat": now,
            "exp": now + 600,
            "nonce": self._nonces.pop(str(form["code"])),
            "email": self.email,
            "email_verified": True,
        }
        token = jwt.encode({"alg": "RS256", "kid": "test"}, claims, self._key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": token})

    async def _keys(self, _: Request) -> JSONResponse:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})


@contextmanager
def provided(email: str) -> Generator[Provider]:
    """A provider that answers."""
    provider = Provider(email)
    config = uvicorn.Config(provider.app(), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run)
    running.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        provider.base = f"http://127.0.0.1:{port}"
        yield provider
    finally:
        server.should_exit = True
        running.join()
