"""The description of the service as a page that needs no other host."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from .schema import StreamRequest

Schema = Mapping[str, Any]
FOLDER = Path(__file__).resolve().parent
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""content security policy of the page: a browser asks nobody else for anything"""
KINDS = {"application/json": "json", "multipart/form-data": "form"}
GROUPS = {
    "predict": "Predict",
    "jobs": "Jobs",
    "about": "About the service",
}
DEEPEST = 4
"""levels of an answer that are shown"""


class _Described:
    """Schema with their references followed.

    Args:
        description: an OpenAPI document, or a JSON schema with definitions
    """

    def __init__(self, description: Schema) -> None:
        self._description = description

    def follow(self, schema: Schema) -> Schema:
        """The schema that a reference leads to."""
        while "$ref" in schema:
            found: Any = self._description
            for name in schema["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            schema = found
        return schema

    def kind(self, schema: Schema) -> str:
        """What a schema takes, in words."""
        schema = self.follow(schema)
        if "const" in schema:
            return json.dumps(schema["const"])
        if "enum" in schema:
            return ", ".join(map(json.dumps, schema["enum"]))
        if several := schema.get("anyOf") or schema.get("oneOf"):
            return " or ".join(dict.fromkeys(self.kind(s) for s in several))
        kind = schema.get("format") if schema.get("format") == "binary" else schema.get("type")
        if kind == "array":
            inner = schema.get("items") or {"anyOf": schema.get("prefixItems", [{}])}
            return f"list of {self.kind(inner)}"
        if kind == "object" and "properties" not in schema:
            values = schema.get("additionalProperties")
            return f"name: {self.kind(values if isinstance(values, dict) else {})}"
        names = {"binary": "file", "object": schema.get("title", "object"), None: "anything"}
        return names.get(kind, str(kind))

    def objects(self, schema: Schema) -> Iterator[Schema]:
        """The objects with fields that a schema may be or hold."""
        schema = self.follow(schema)
        if "properties" in schema:
            yield schema
        inner = schema.get("anyOf") or schema.get("oneOf") or [schema.get("items") or {}]
        if "properties" not in schema and schema:
            for part in inner:
                yield from self.objects(part)

    def table(self, schema: Schema, level: int = 0) -> str:
        """The fields of an object, and of what it holds."""
        rows, below = [], []
        required = schema.get("required", [])
        for name, given in schema["properties"].items():
            field = self.follow(given)
            told = given.get("description") or field.get("description", "")
            default = f" (default {json.dumps(given['default'])})" if given.get("default") else ""
            must = "required" if name in required else "optional"
            cells = [f"<code>{escape(name)}</code>", escape(self.kind(given)), must]
            rows.append(_row("td", *cells, escape(told + default)))
            if level < DEEPEST:
                below += [(name, inner) for inner in self.objects(given)]
        head = _row("th", "field", "type", "", "")
        table = f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'
        for name, inner in below:
            table += f"<h3><code>{escape(name)}</code></h3>{self.table(inner, level + 1)}"
        return table


def _row(tag: str, *cells: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in cells)}</tr>"


def _form(described: _Described, method: str, path: str, operation: Schema) -> str:
    """A form that sends what an operation takes."""
    content = operation.get("requestBody", {}).get("content", {})
    kind, given = next(iter(content.items()), ("", {"schema": {}}))
    schema = described.follow(given["schema"])
    inputs = [_input(p["name"], "text", required=True) for p in operation.get("parameters", [])]
    if KINDS.get(kind) == "json":
        example = json.dumps(schema.get("examples", [{}])[0], indent=2)
        inputs = [f'<label>body<textarea name="body">{escape(example)}</textarea></label>']
    elif kind:
        required = schema.get("required", [])
        inputs += [
            _input(name, "file" if field.get("format") == "binary" else "text", name in required)
            for name, field in schema["properties"].items()
        ]
    what = f'data-method="{method}" data-path="{escape(path)}" data-body="{KINDS.get(kind, "")}"'
    inside = f"{''.join(inputs)}<button>Send</button><output></output>"
    return f"<h3>Try it</h3><form {what}>{inside}</form>"


def _input(name: str, kind: str, required: bool) -> str:
    must = " required" if required else ""
    return f'<label>{escape(name)}<input name="{escape(name)}" type="{kind}"{must}></label>'


def _operation(described: _Described, method: str, path: str, operation: Schema) -> str:
    summary, _, more = operation.get("description", "").partition("\n\n")
    inside = [f"<p>{escape(more)}</p>"] if more else []
    if operation.get("security"):
        inside.append('<p class="quiet">Needs a key where the service has keys.</p>')
    inside += [
        f"<h3>Body</h3>{described.table(described.follow(given['schema']))}"
        for given in operation.get("requestBody", {}).get("content", {}).values()
    ]
    for status, response in operation["responses"].items():
        for given in response.get("content", {}).values():
            if status != "default" and (found := list(described.objects(given["schema"]))):
                tables = "".join(described.table(schema) for schema in _once(found))
                inside.append(f"<details><summary>Answer {status}</summary>{tables}</details>")
    inside.append(_form(described, method, path, operation))
    title = f'<span class="method">{method.upper()}</span> <code>{escape(path)}</code>'
    return (
        f'<details class="operation"><summary>{title} <span class="quiet">{escape(summary)}</span>'
        f"</summary><div>{''.join(inside)}</div></details>"
    )


def _once(found: list[Schema]) -> list[Schema]:
    return list({schema.get("title", ""): schema for schema in found}.values())


def _stream() -> str:
    """The WebSocket, which OpenAPI does not know."""
    schema = TypeAdapter[object](StreamRequest).json_schema()
    described = _Described(schema)
    tables = "".join(
        f"<h3><code>{escape(described.kind(found['properties']['kind']))}</code></h3>"
        f"<p>{escape(found['description'])}</p>{described.table(found)}"
        for found in described.objects(schema)
    )
    return (
        '<h2>Stream</h2><details class="operation"><summary><span class="method">WebSocket</span> '
        '<code>/api/stream</code> <span class="quiet">Sound or frames in, answers out.</span>'
        "</summary><div><p>A first message as JSON, then binary messages, then "
        '<code>{"type": "end"}</code>. Answers are JSON with a <code>type</code>: '
        "<code>ready</code>, <code>answer</code>, <code>problem</code> or <code>done</code>.</p>"
        f"{tables}</div></details>"
    )


@cache
def _asset(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def page(description: Schema) -> str:
    """A whole page, in which one can also ask the service.

    Args:
        description: the OpenAPI document
    """
    described, info = _Described(description), description["info"]
    groups: dict[str, list[str]] = {tag: [] for tag in GROUPS}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            groups[operation["tags"][0]].append(_operation(described, method, path, operation))
    body = "".join(f"<h2>{GROUPS[tag]}</h2>{''.join(found)}" for tag, found in groups.items())
    title = escape(info["title"])
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: reference of the service</title>
<style>{_asset("reference.css")}</style>
</head>
<body>
<h1>{title}</h1>
<p>{escape(info.get("summary", ""))} <span class="quiet">Version {escape(info["version"])}.
The same as <a href="openapi.json">OpenAPI</a>. Every error is a problem (RFC 9457).</span></p>
<label>API key, where the service has keys
<input id="key" type="password" autocomplete="off"></label>
{body}{_stream()}
<script>{_asset("reference.js")}</script>
</body>
</html>
"""
