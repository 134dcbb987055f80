"""The value types of what was said, and when."""

from dataclasses import dataclass

from ..errors import InvalidInput


@dataclass(frozen=True)
class Cue:
    """Words that are said in one stretch.

    Attributes:
        start_s: where they start
        end_s: where they end
        text: what is said
        speaker: name, where the transcript gives one
    """

    start_s: float
    end_s: float
    text: str
    speaker: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start_s <= self.end_s:
            raise InvalidInput(
                f"cue {self.text!r}: expected 0 <= start <= end, got {self.start_s} to {self.end_s}"
            )


@dataclass(frozen=True)
class Transcript:
    """What is said in a recording.

    Attributes:
        cues: in order of time
        origin: where it comes from, in words, such as `SRT` or `pocketsphinx`
        reliability: in [0, 1], how far the words are to be trusted; 1 where a person wrote them
        notices: what a person should know of how it was read or made
    """

    cues: tuple[Cue, ...]
    origin: str
    reliability: float = 1.0
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.cues)
