"""The face at each moment at which modalities disagree, cut out of its own frame."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ..errors import InvalidInput
from ..face.analysis import Person
from ..face.people import thumbnail
from ..face.stills import stills
from .analysis import Conflict, RecordingAnalysis
from .labelled import in_labels
from .moments import NEAR_S
from .run import RecordingSource

Portraits = Mapping[float, np.ndarray]
"""start of a stretch of disagreement in s -> the face in it, (96, 96, 3) RGB uint8"""
NO_PORTRAITS: Portraits = MappingProxyType({})
PORTRAITS_AT_MOST = 12
"""of the strongest disagreements, so that a long recording takes no longer than a short one"""


def strongest(conflicts: tuple[Conflict, ...], at_most: int) -> list[Conflict]:
    """So many of the strongest disagreements, in order of time."""
    found = sorted(conflicts, key=lambda conflict: -conflict.disagreement.strength)[:at_most]
    return sorted(found, key=lambda conflict: conflict.start_s)


def conflict_portraits(source: RecordingSource, analysis: RecordingAnalysis) -> Portraits:
    """The face in each of the strongest disagreements; only their frames are decoded.

    A disagreement in which nobody is in sight has none, and neither has any of a file that
    cannot be read a second time.

    Args:
        source: the recording, path or bytes
        analysis: what was found in it
    """
    judged = in_labels(analysis, analysis.labels)
    people = {person.track_id: person for person in (judged.faces.people if judged.faces else ())}
    wanted: dict[float, list[tuple[Conflict, np.ndarray]]] = {}
    for conflict in strongest(judged.conflicts, PORTRAITS_AT_MOST):
        person = people.get(conflict.person)
        if person is not None and (sample := _sample(person, conflict)) is not None:
            box = person.faces.boxes_xyxy[sample]
            wanted.setdefault(float(person.times_s[sample]), []).append((conflict, box))
    found: dict[float, np.ndarray] = {}
    try:
        for still in stills(source, wanted) if wanted else ():
            for conflict, box in wanted[still.wanted_s]:
                found[conflict.start_s] = thumbnail(still.frame, box * still.scale)
    except InvalidInput:  # such as a path that is gone since it was analysed
        return found
    return found


def _sample(person: Person, conflict: Conflict) -> int | None:
    """Where a face shows best what it says in a disagreement, else what is nearest its middle."""
    times = person.times_s
    first, past = np.searchsorted(times, (conflict.start_s, conflict.end_s)).tolist()
    found = conflict.disagreement
    if "face" in found.modalities and first < past:
        label = found.labels[found.modalities.index("face")]
        column = person.timeline.labels.index(label)
        return first + int(person.probabilities[first:past, column].argmax())
    gaps = np.abs(times - (conflict.start_s + conflict.end_s) / 2)
    near_s = (conflict.end_s - conflict.start_s) / 2 + NEAR_S
    return int(gaps.argmin()) if len(gaps) and gaps.min() <= near_s else None
