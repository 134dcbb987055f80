"""Windows in which the modalities disagree, joined to stretches of time."""

from ..timeline.spans import parted
from .analysis import Conflict, FusedLine

LONGEST_GAP_S = 1.5
"""between two windows that are of one stretch"""


def conflicts(line: FusedLine) -> tuple[Conflict, ...]:
    """Stretches in which the same two modalities of the same person say the same two things.

    Windows overlap; each moment belongs to the one whose centre is nearest.
    """
    spans = parted(line.timeline.spans_s)
    found: list[Conflict] = []
    for place in sorted(line.disagreements):
        here, (start, end) = line.disagreements[place], spans[place].tolist()
        person = int(line.person[place])
        last = found[-1] if found else None
        if (
            last is not None
            and start - last.end_s <= LONGEST_GAP_S
            and last.person == person
            and last.disagreement.modalities == here.modalities
            and last.disagreement.labels == here.labels
        ):
            strongest = max(last.disagreement, here, key=lambda d: d.strength)
            found[-1] = Conflict(last.start_s, end, person, strongest)
        else:
            found.append(Conflict(start, end, person, here))
    return tuple(found)
