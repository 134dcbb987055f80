"""Sound or frames in, answers out, over a WebSocket."""

from fastapi import APIRouter, WebSocket
from pydantic import TypeAdapter, ValidationError
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from emotion_core.errors import EmotionCoreError

from .access import known_key, take_request
from .keys import ApiKey
from .logs import LOG, place_of
from .problems import Problem, of_validation, problem_of
from .refusals import response_of
from .schema import AudioStreamRequest, FrameStreamRequest, StreamRequest
from .service import Service
from .stream import converse
from .stream_socket import StreamSocket

Asked = AudioStreamRequest | FrameStreamRequest
router = APIRouter()
_SCHEMA: TypeAdapter[Asked] = TypeAdapter(StreamRequest)


@router.websocket("/stream")
async def stream(socket: WebSocket) -> None:
    """A first JSON message, then sound or frames; answers as JSON.

    A client that is turned away before its first message gets an ordinary response.
    """
    service: Service = socket.app.state.service
    try:
        key = _key(service, socket, _secret(socket))
        place = service.streams.enter()
    except Problem as problem:
        await socket.send_denial_response(response_of(problem, socket.url.path))
        return
    with place:
        await socket.accept()
        client = StreamSocket(socket, service.settings)
        try:
            await _talk(service, client, socket, key)
        except WebSocketDisconnect:
            return


def _secret(socket: HTTPConnection) -> str | None:
    kind, _, secret = socket.headers.get("authorization", "").partition(" ")
    return secret if kind.lower() == "bearer" else socket.headers.get("x-api-key")


def _key(service: Service, socket: HTTPConnection, secret: str | None) -> ApiKey | None:
    """The key of a secret, which counts as a request; None without keys, or without a secret yet.

    Raises:
        Problem: if nobody knows it, or it has no request left
    """
    if service.keys is None or secret is None:
        return None
    key = known_key(service.keys, secret)
    socket.state.key = key.id
    take_request(service.keys, key)
    return key


async def _talk(
    service: Service, client: StreamSocket, socket: WebSocket, key: ApiKey | None
) -> None:
    try:
        asked = _first(await client.receive())
        if service.keys is not None and key is None:  # a page cannot set headers
            key = _key(service, socket, asked.key or "")
        await converse(service, client, key, asked)
    except Problem as problem:
        await client.refuse(problem)
    except EmotionCoreError as error:
        await client.refuse(problem_of(error))
    except WebSocketDisconnect:
        raise
    except Exception as error:  # noqa: BLE001  a trace would quote what was sent
        fields = {"error": type(error).__name__, "place": place_of(error)}
        LOG.error("unexpected error", extra={"fields": fields})
        await client.refuse(Problem("internal", "this is a fault of the service"))


def _first(message: tuple[str | None, bytes | None]) -> Asked:
    """What a client asks for.

    Raises:
        Problem: if it does not fit
    """
    text, _ = message
    if text is None:
        raise Problem("malformed", "expected a first message as JSON text, got bytes")
    try:
        return _SCHEMA.validate_json(text)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise Problem("malformed", "expected a first message as JSON; it is none") from None
        raise of_validation(error) from None
