"""Problem details (RFC 9457) for every error that a client can meet."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from emotion_core.errors import (
    EmotionCoreError,
    InvalidInput,
    LabelMismatch,
    MissingDependency,
)

if TYPE_CHECKING:
    from fastapi.exceptions import RequestValidationError
    from pydantic import ValidationError

MEDIA_TYPE = "application/problem+json"
BLANK = "about:blank"
"""type of a problem that its status tells in full"""
RETRY_AFTER = "Retry-After"
KINDS: Mapping[str, tuple[int, str]] = {
    "malformed": (400, "The body cannot be read"),
    "no-key": (401, "An API key is needed"),
    "wrong-host": (400, "The service does not answer to this name"),
    "wrong-origin": (403, "Pages of this origin may not call the service"),
    "missing-scope": (403, "The key may not do this"),
    "no-job": (404, "There is no such job"),
    "slow-upload": (408, "The body came too slowly"),
    "silent-stream": (408, "The stream fell silent"),
    "long-stream": (408, "The stream took too long"),
    "too-large": (413, "The body is too large"),
    "too-many-texts": (413, "Too many texts in one request"),
    "wrong-content-type": (415, "Another content type is expected"),
    "invalid-request": (422, "The request does not fit the description"),
    "invalid-input": (422, "The input cannot be answered"),
    "unknown-model": (422, "There is no such model"),
    "unknown-labels": (422, "There is no such label set"),
    "rate-limit": (429, "Too many requests with this key"),
    "internal": (500, "The service failed"),
    "overloaded": (503, "The service has too much to do"),
    "model-unavailable": (503, "The model cannot be opened"),
    "too-long": (422, "The job took too long"),
    "no-progress": (422, "The job did not come on"),
    "crashed": (422, "The file broke its decoder"),
    "memory-limit": (413, "It takes more memory than it may"),
    "interrupted": (503, "The process that worked on it was ended"),
    "time-limit": (504, "It takes more time than it may"),
}
"""name -> status and title"""


class Problem(Exception):
    """An error as a client is told.

    Args:
        kind: one of `KINDS`
        detail: what was expected, what came, and the remedy
        headers: of the response
        errors: what is wrong with each field
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail
        self.headers, self.errors = dict(headers or {}), list(errors)

    @property
    def status(self) -> int:
        """Of the response."""
        return KINDS[self.kind][0]

    def as_dict(self, instance: str) -> dict[str, object]:
        """What RFC 9457 calls the members of a problem."""
        return members(_address(self.kind), self.status, KINDS[self.kind][1], self.detail) | {
            "instance": instance,
            **({"errors": self.errors} if self.errors else {}),
        }


def _address(kind: str) -> str:
    return f"/api/problems#{kind}"


def members(kind: str, status: int, title: str, detail: str) -> dict[str, object]:
    """What every problem has."""
    return {"type": kind, "title": title, "status": status, "detail": detail}


def overloaded(what: str, seconds: int = 5) -> Problem:
    """A full queue."""
    return Problem("overloaded", f"{what}; try again in {seconds} s", {RETRY_AFTER: str(seconds)})


def problem_of(error: EmotionCoreError) -> Problem:
    """What a client is told of an error of the package; of a broken bundle no path."""
    if isinstance(error, InvalidInput | LabelMismatch):
        return Problem("invalid-input", str(error))
    if isinstance(error, MissingDependency):
        return Problem("model-unavailable", str(error))
    return Problem("model-unavailable", "its bundle is missing or damaged; ask whoever runs this")


def of_validation(error: "ValidationError | RequestValidationError", where: str = "") -> Problem:
    """Which fields are wrong; what was sent is not repeated."""
    found = [
        {"field": ".".join(map(str, (*filter(None, [where]), *e["loc"]))), "message": e["msg"]}
        for e in error.errors()
    ]
    names = ", ".join(e["field"] or "the body" for e in found)
    return Problem("invalid-request", f"expected another value of {names}", errors=found)
