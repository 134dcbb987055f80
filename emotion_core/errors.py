"""Every error that the package raises on purpose.

    EmotionCoreError
    ├── InvalidInput        what came in cannot be read or answered
    ├── LabelMismatch       labels do not fit the weights, the scores or the mapping
    ├── ModelUnavailable    a bundle is missing, damaged or of another format
    └── MissingDependency   an optional package is not installed

A message says what was expected, what came, and the remedy.
"""


class EmotionCoreError(Exception):
    """Base of the tree: what a page or a command may catch and show.

    Example:
        >>> issubclass(InvalidInput, EmotionCoreError)
        True
    """


class InvalidInput(EmotionCoreError, ValueError):
    """An input cannot be read or answered.

    Example:
        >>> from emotion_core import load
        >>> load("text-emotion6").predict(" ")
        Traceback (most recent call last):
        emotion_core.errors.InvalidInput: the text is empty; type or choose a text ...
    """


class LabelMismatch(EmotionCoreError, ValueError):
    """Labels do not fit the weights, the scores or the mapping.

    Example:
        >>> from emotion_core import mapping
        >>> mapping(("joy",), ("tall", "short"))
        Traceback (most recent call last):
        emotion_core.errors.LabelMismatch: none of joy has a place in tall, short
    """


class ModelUnavailable(EmotionCoreError, LookupError):
    """A bundle is missing, damaged or of another format.

    Example:
        >>> from emotion_core import load
        >>> load("text-of-tomorrow")
        Traceback (most recent call last):
        emotion_core.errors.ModelUnavailable: no model 'text-of-tomorrow'; there are: ...
    """


class MissingDependency(EmotionCoreError, ImportError):
    """An optional package is not installed.

    Example:
        >>> str(MissingDependency("ray", "batch"))
        "the package 'ray' is needed for this; install it with: pip install -e '.[batch]'"
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(package, extra)
        self.package, self.extra = package, extra

    def __str__(self) -> str:
        return (
            f"the package {self.package!r} is needed for this; "
            f"install it with: pip install -e '.[{self.extra}]'"
        )
