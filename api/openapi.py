"""How routes that read their body themselves describe it."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from .problems import KINDS, MEDIA_TYPE
from .schema import ProblemDetails

BINARY = {"type": "string", "format": "binary"}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Any error, as problem details (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": ProblemDetails.model_json_schema()}},
    }
}
"""responses of every route"""


def json_body(schema: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` of a route with a JSON body."""
    content = {"application/json": {"schema": schema.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


def form_body(schema: type[BaseModel], *, transcript: bool = False) -> dict[str, Any]:
    """`openapi_extra` of a route with a form of a file."""
    described = schema.model_json_schema()
    files = {"file": BINARY} | ({"transcript": BINARY} if transcript else {})
    described["properties"] = files | described["properties"]
    described["required"] = ["file"]
    return {
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": described}},
        }
    }


def description(app: FastAPI, *, keyed: bool) -> dict[str, Any]:
    """The OpenAPI document; of a service without keys it asks for none."""
    found = app.openapi()
    if keyed:
        return found
    paths = {
        path: {
            method: {name: value for name, value in operation.items() if name != "security"}
            for method, operation in operations.items()
        }
        for path, operations in found["paths"].items()
    }
    return found | {"paths": paths}


def kinds() -> dict[str, dict[str, object]]:
    """Every kind of problem: what the addresses in `type` lead to."""
    return {name: {"status": status, "title": title} for name, (status, title) in KINDS.items()}
