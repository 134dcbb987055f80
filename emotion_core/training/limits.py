"""What a setting may be, said where it is declared, and checked by its name.

The type of a setting says it: `dropout: Dropout`, or `Annotated[float, Limits(0, 1)]`.
"""

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Protocol, runtime_checkable

from ..errors import InvalidInput
from ..labels import LABEL_SETS, label_set

LARGEST_SEED = 2**31 - 1
PRECISIONS = (
    "32-true", "bf16-mixed", "16-mixed", "bf16-true", "16-true", "64-true",
    "32", "bf16", "16", "64",
)  # fmt: skip
"""of a training, as Lightning names them; the last four are its short forms"""
_TYPES: Mapping[type, str] = {
    int: "a whole number", float: "a number", bool: "true or false", str: "text",
}  # fmt: skip


def either(words: Sequence[object]) -> str:
    """Alternatives in words.

    Example:
        >>> either(["mean", "max", ""]), either([1, 3])
        ('mean, max or nothing', '1 or 3')
    """
    *first, last = [str(word) or "nothing" for word in words]
    return f"{', '.join(first)} or {last}" if first else last


@dataclass(frozen=True)
class Limits:
    """A range of numbers.

    Attributes:
        low: smallest number
        high: largest number; infinity itself is none
        above: whether `low` itself is left out
        below: whether `high` itself is left out
        or_zero: whether 0 is allowed although it lies outside

    Example:
        >>> Limits(0, 1, below=True).allows(1.0), Limits(2, or_zero=True).allows(0)
        (False, True)
        >>> Limits(0, 1, below=True).expected("a number"), Limits(2, or_zero=True).expected("one")
        ('a number from 0 to below 1', '0 or one from 2')
    """

    low: float = 0
    high: float = math.inf
    above: bool = False
    below: bool = False
    or_zero: bool = False

    def allows(self, value: Any) -> bool:
        """Whether a number lies in the range."""
        if self.or_zero and value == 0:
            return True
        high_enough = value > self.low if self.above else value >= self.low
        low_enough = value < self.high if self.below else value <= self.high
        return high_enough and low_enough and value < math.inf

    def expected(self, kind: str) -> str:
        """The range in words, after the kind of number."""
        first = f"{'above' if self.above else 'from'} {self.low:g}"
        last = f" to {'below ' if self.below else ''}{self.high:.10g}"
        zero = "0 or " if self.or_zero else ""
        return f"{zero}{kind} {first}{last if math.isfinite(self.high) else ''}"


@dataclass(frozen=True)
class Form:
    """Values of another kind than a range.

    Attributes:
        described: in words
        allows: whether a value is one of them
        words: those that there are, where they can be listed; the nearest is proposed
    """

    described: str
    allows: Callable[[Any], bool]
    words: tuple[str, ...] = ()

    def expected(self, kind: str) -> str:
        """The values in words."""
        del kind
        return self.described


def one_of(*values: object) -> Form:
    """One of some words or numbers; an empty word is called nothing.

    Example:
        >>> one_of("mean", "max").allows("median"), one_of("int8", "").expected("text")
        (False, 'int8 or nothing')
    """
    words = tuple(value for value in values if isinstance(value, str) and value)
    return Form(either(values), values.__contains__, words)


def joined_numbers(joined: str, name: str) -> list[int]:
    """Whole positive numbers joined by commas, such as the widths of a network's stages.

    Args:
        joined: the value of a setting
        name: the setting, for the message

    Raises:
        InvalidInput: for anything else

    Example:
        >>> joined_numbers("32, 64", "network.channels"), joined_numbers("", "network.hidden")
        ([32, 64], [])
    """
    words = [x.strip() for x in joined.split(",") if x.strip()]
    if not all(x.isdecimal() and int(x) for x in words):
        raise InvalidInput(f"{name}: expected positive numbers joined by commas, got {joined!r}")
    return [int(x) for x in words]


def some_of(*values: str) -> Form:
    """Some words joined by commas, or none of them.

    Example:
        >>> some_of("text", "face").allows("face, text"), some_of("text", "face").allows("voice")
        (True, False)
    """

    def allowed(joined: str) -> bool:
        return {x.strip() for x in joined.split(",") if x.strip()} <= set(values)

    return Form(f"some of {', '.join(values)}, joined by commas, or nothing", allowed, values)


def _are_numbers(joined: str) -> bool:
    with suppress(InvalidInput):
        return bool(joined_numbers(joined, ""))
    return False


def _is_label_set(name: str) -> bool:
    with suppress(InvalidInput):
        return bool(label_set(name))
    return False


def _are_languages(joined: str) -> bool:
    codes = joined.split(",") if joined else []
    return all(2 <= len(c) <= 3 and c.isascii() and c.isalpha() and c.islower() for c in codes)


_NUMBERS = "positive numbers joined by commas"
_SETS = tuple(LABEL_SETS)

Filled = Annotated[str, Form("text that is not empty", lambda text: bool(text.strip()))]
Share = Annotated[float, Limits(0, 1)]
Dropout = Annotated[float, Limits(0, 1, below=True)]
Positive = Annotated[float, Limits(above=True)]
LogFactor = Annotated[float, Limits(0, 3)]
"""natural logarithm of a factor, of up to 20"""
Count = Annotated[int, Limits(1)]
Seed = Annotated[int, Limits(0, LARGEST_SEED)]
Precision = Annotated[str, one_of(*PRECISIONS)]
Numbers = Annotated[str, Form(_NUMBERS, _are_numbers)]
NumbersOrNone = Annotated[
    str, Form(f"{_NUMBERS}, or nothing", lambda x: not x.strip() or _are_numbers(x))
]
LabelSet = Annotated[str, Form(either(_SETS), _is_label_set, _SETS)]
LabelSetOrNone = Annotated[
    str, Form(either([*_SETS, ""]), lambda name: not name or _is_label_set(name), _SETS)
]
Languages = Annotated[
    str, Form("ISO 639 codes joined by commas alone, such as en,de, or nothing", _are_languages)
]


@runtime_checkable
class RequiresTogether(Protocol):
    """Settings of which some do not go with others."""

    def require_together(self) -> None:
        """Raise `InvalidInput` for settings that do not go together."""
        ...


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return types.MappingProxyType(typing.get_type_hints(kind, include_extras=True))


def type_of(config: Any, name: str) -> type:
    """The type of a setting, without what it may be."""
    hint = _hints(type(config))[name]
    return hint.__origin__ if typing.get_origin(hint) is Annotated else hint


def _is_a(value: object, wanted: type) -> bool:
    """Whether a value is of a type; a whole number may stand for any, and truth for none."""
    if isinstance(value, bool) or wanted is bool:
        return isinstance(value, bool) and wanted is bool
    return isinstance(value, (int, float) if wanted is float else wanted)


def require_allowed(config: Any, name: str, value: object, called: str) -> None:
    """Check a value for a setting.

    Args:
        config: dataclass of settings
        name: of its field
        value: for the field
        called: what the message calls the setting, such as `head.dropout`

    Raises:
        InvalidInput: for another type, or a value that the setting may not have
    """
    wanted, hint = type_of(config, name), _hints(type(config))[name]
    rules = list(getattr(hint, "__metadata__", ()))
    if not rules and wanted in (int, float):
        rules = [Limits()]
    kind = _TYPES.get(wanted, wanted.__name__)
    expected = " and ".join(rule.expected(kind) for rule in rules) or kind
    told = f"{called!r} expects {expected}, got {value!r}"
    if not _is_a(value, wanted):
        raise InvalidInput(f"{told}; put it in quotes" if wanted is str else told)
    for rule in rules:
        if not rule.allows(value):
            near = difflib.get_close_matches(str(value), getattr(rule, "words", ()), n=1)
            raise InvalidInput(f"{told}; did you mean {near[0]!r}?" if near else told)


def require_valid(config: Any, called: str = "") -> None:
    """Check every setting, and that they go together, before anything is read or trained.

    `load_config` has done so; settings that were made or changed in Python are checked here.

    Args:
        config: dataclass of settings, such as `TextConfig`
        called: name before its fields in messages, such as `run`

    Raises:
        InvalidInput: for the first one that may not be so

    Example:
        >>> from emotion_core.training.text_config import HeadConfig
        >>> require_valid(HeadConfig(pooling="maen"), "head")
        Traceback (most recent call last):
        ...
        emotion_core.errors.InvalidInput: 'head.pooling' expects attention, mean or max, got \
'maen'; did you mean 'mean'?
    """
    for field in dataclasses.fields(config):
        value, name = getattr(config, field.name), f"{called}.{field.name}".lstrip(".")
        if dataclasses.is_dataclass(value):
            require_valid(value, name)
        else:
            require_allowed(config, field.name, value, name)
    if isinstance(config, RequiresTogether):
        config.require_together()


def require_usual(config: Any, names: Sequence[str], reader: str, called: str = "") -> None:
    """Check that settings which nothing would read have been left as they are.

    Args:
        config: dataclass of settings, whose fields all have defaults
        names: fields; of one that holds several settings, each of them
        reader: what does not read them
        called: name before the fields in messages

    Raises:
        InvalidInput: for the first one that was set

    Example:
        >>> from emotion_core.training.text_config import TextConfig
        >>> require_usual(TextConfig(balance=0.5), ["balance"], "naive-bayes")
        Traceback (most recent call last):
        ...
        emotion_core.errors.InvalidInput: balance: naive-bayes does not read it; leave it out
    """
    usual = type(config)()
    for name in names:
        path = f"{called}.{name}".lstrip(".")
        if changed := _changed(getattr(config, name), getattr(usual, name), path):
            raise InvalidInput(f"{changed}: {reader} does not read it; leave it out")


def _changed(value: Any, usual: Any, name: str) -> str:
    """Name of the first setting that differs; empty where none does."""
    if not dataclasses.is_dataclass(value):
        return "" if value == usual else name
    parts = (
        _changed(getattr(value, f.name), getattr(usual, f.name), f"{name}.{f.name}")
        for f in dataclasses.fields(value)
    )
    return next(filter(None, parts), "")
