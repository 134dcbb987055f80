"""Schema as responses, written once by pydantic and not checked a second time."""

from collections.abc import Mapping, Sequence

from fastapi import Response
from pydantic import BaseModel, TypeAdapter

JSON = "application/json"
_ANY = TypeAdapter(list[BaseModel])


def json_response(
    content: BaseModel | Sequence[BaseModel],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One answer, or a list of them."""
    if isinstance(content, BaseModel):
        body = content.model_dump_json().encode()
    else:
        body = _ANY.dump_json(list(content), serialize_as_any=True)
    return Response(body, status, headers, JSON)
