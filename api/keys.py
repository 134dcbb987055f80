"""API keys: random, hashed at rest, with scopes and a rate each."""

import hashlib
import json
import math
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from emotion_core.errors import InvalidInput

Scope = Literal["text", "audio", "image", "video", "recording", "metrics"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "emo_"
"""so that a key that leaked into a file can be searched for"""


class ApiKey(BaseModel):
    """What is stored of a key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    scopes: frozenset[Scope]
    per_minute: Annotated[float, Field(gt=0)] = 600.0
    """requests that the bucket regains in a minute"""
    burst: Annotated[int, Field(ge=1)] = 60
    """requests that a full bucket holds"""


class _KeyFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keys: list[ApiKey]


def digest(secret: str) -> str:
    """What is stored of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_key(
    name: str, scopes: frozenset[Scope], per_minute: float = 600.0, burst: int = 60
) -> tuple[str, ApiKey]:
    """A new secret, to be shown once, and what is stored of it."""
    secret = PREFIX + secrets.token_urlsafe(32)
    stored = ApiKey(
        id=name, sha256=digest(secret), scopes=scopes, per_minute=per_minute, burst=burst
    )
    return secret, stored


def read_keys(path: Path) -> list[ApiKey]:
    """The keys of a file; none where it is not there.

    Raises:
        InvalidInput: if it cannot be read, or two keys have one id
    """
    try:
        found = _KeyFile.model_validate_json(path.read_bytes()).keys
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        where = ", ".join(".".join(map(str, e["loc"])) or "the file" for e in error.errors())
        raise InvalidInput(
            f'{path}: expected {{"keys": [{{"id", "sha256", "scopes"}}]}}, and {where} is '
            "different; make keys with python -m api.new_key"
        ) from error
    if len({key.id for key in found}) != len(found):
        raise InvalidInput(f"{path}: two keys have the same id; rename one")
    return found


def write_keys(path: Path, keys: list[ApiKey]) -> None:
    """Write a file of keys that only its owner can read.

    Raises:
        InvalidInput: if it cannot be written
    """
    content = {
        "keys": [key.model_dump(mode="json") | {"scopes": sorted(key.scopes)} for key in keys]
    }
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.touch(0o600)
        beside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}") from error


class TokenBucket:
    """Holds some tokens and regains them evenly.

    Args:
        per_minute: tokens regained
        burst: tokens that it holds
        clock: seconds that only grow
    """

    def __init__(
        self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._clock = per_minute / 60, burst, clock
        self._tokens, self._seen = float(burst), clock()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take a token; 0, or the seconds until there is one."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._seen) * self._rate)
            self._seen = now
            if self._tokens >= 1:
                self._tokens -= 1
                return 0.0
            return (1 - self._tokens) / self._rate


class KeyRing:
    """The keys that are known, and what each has left.

    Args:
        keys: known; none lets nobody in
    """

    def __init__(self, keys: list[ApiKey]) -> None:
        self._keys = {key.sha256: key for key in keys}
        self._buckets = {key.id: TokenBucket(key.per_minute, key.burst) for key in keys}

    def find(self, secret: str) -> ApiKey | None:
        """The key of a secret, or None; how long it takes tells nothing but the hash."""
        return self._keys.get(digest(secret))

    def wait_s(self, key: ApiKey) -> int:
        """Take one request from a key's bucket; 0, or whole seconds to wait."""
        return math.ceil(self._buckets[key.id].take())
