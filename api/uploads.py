"""Bodies and forms, in memory and counted while they come; nothing is written to a disk."""

from collections.abc import AsyncGenerator
from typing import NamedTuple, TypeVar

import anyio
from fastapi import Request
from pydantic import BaseModel, ValidationError
from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from .problems import Problem, of_validation
from .settings import MB

Fields = TypeVar("Fields", bound=BaseModel)
FORM_BYTES = MB // 16
"""what a form has beside its file"""
FILES, FIELDS = 2, 12
"""of one form at most"""


class _MemoryParser(MultiPartParser):
    """Starlette's parser, which would write files of more than 1 MB to a disk."""

    spool_max_size = 0  # never

    def close(self) -> None:
        """Let go of every file that was begun."""
        for file in self._files_to_close_on_error:
            file.close()


class Form(NamedTuple):
    """A form of one file."""

    file: bytes
    """what was sent as `file`"""
    transcript: bytes | None
    """what was sent as `transcript`, as a file or as a field"""
    fields: dict[str, str]
    """everything else"""


def declared_size(request: Request, limit: int) -> int:
    """How large a body is by its header; the limit where it does not say.

    Raises:
        Problem: if it is larger than the limit
    """
    given = request.headers.get("content-length", "")
    size = int(given) if given.isascii() and given.isdigit() else limit
    if size > limit:
        raise _too_large(limit)
    return size


def _too_large(limit: int) -> Problem:
    return Problem("too-large", f"expected {limit / MB:,.1f} MB at most, got more; send less")


async def _counted(request: Request, limit: int) -> AsyncGenerator[bytes]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        yield chunk


def _slow(longest_s: float) -> Problem:
    return Problem("slow-upload", f"expected the body within {longest_s:g} s; send it faster")


def _expect(request: Request, kind: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != kind:
        raise Problem("wrong-content-type", f"expected {kind}, got {given[:60] or 'none'}")


async def read_json(request: Request, schema: type[Fields], limit: int, longest_s: float) -> Fields:
    """A JSON body.

    Raises:
        Problem: if it is too large, too slow, of another type, or does not fit
    """
    _expect(request, "application/json")
    declared_size(request, limit)
    try:
        with anyio.fail_after(longest_s):
            body = b"".join([chunk async for chunk in _counted(request, limit)])
    except TimeoutError:
        raise _slow(longest_s) from None
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise Problem("malformed", "expected a JSON object; the body is no JSON") from None
        raise of_validation(error) from None


async def read_form(request: Request, limit: int, longest_s: float) -> Form:
    """A form with a `file`; the names of files are not used.

    Raises:
        Problem: if it is too large, too slow, damaged, or has no file
    """
    _expect(request, "multipart/form-data")
    parser = _MemoryParser(
        request.headers, _counted(request, limit), max_files=FILES, max_fields=FIELDS
    )
    try:
        with anyio.fail_after(longest_s):
            return await _parted(await parser.parse())
    except TimeoutError:
        raise _slow(longest_s) from None
    except (MultiPartException, FormParserError, UnicodeError) as error:
        raise Problem("malformed", "expected a form; its parts cannot be told apart") from error
    finally:
        parser.close()


async def _parted(form: FormData) -> Form:
    found: dict[str, bytes] = {}
    fields: dict[str, str] = {}
    for name, value in form.multi_items():
        if name in found or name in fields:
            raise Problem("invalid-request", "expected each field once, got one twice")
        if isinstance(value, UploadFile):
            found[name] = await value.read()
        else:
            fields[name] = value
    transcript = found.pop("transcript", None)
    if transcript is None and "transcript" in fields:
        transcript = fields.pop("transcript").encode("utf-8", "surrogatepass")
    file = found.pop("file", None)
    if file is None or found:
        raise Problem("invalid-request", "expected a file as the form's field 'file'")
    if not file:
        raise Problem("invalid-input", "expected a file with content, got 0 bytes")
    return Form(file, transcript, fields)


def checked(form: Form, schema: type[Fields]) -> Fields:
    """The fields of a form beside its files.

    Raises:
        Problem: if one is unknown or does not fit
    """
    try:
        return schema.model_validate(form.fields)
    except ValidationError as error:
        raise of_validation(error) from None
