"""The moments of a recording that are worth a look, as buttons under the player."""

from collections.abc import Mapping, Sequence

from emotion_core.face.analysis import Person
from emotion_core.recording.analysis import Conflict, RecordingAnalysis
from emotion_core.recording.moments import StrongMoment
from emotion_core.recording.portraits import PORTRAITS_AT_MOST, Portraits
from emotion_core.recording.portraits import strongest as strongest_conflicts

from .face_seen import encoded
from .palette import titled
from .player import Moment, served
from .recording_lanes import CONFLICT_SYMBOL, NO_PICTURES, called

WORDS_AT_MOST = 60
"""characters of what is said at a moment"""


def shortened(words: str) -> str:
    """At most `WORDS_AT_MOST` characters."""
    return words if len(words) <= WORDS_AT_MOST else f"{words[: WORDS_AT_MOST - 1].rstrip()}…"


def _strong_moment(moment: StrongMoment, people: dict[int, Person], place: str) -> Moment:
    text = f"{titled(moment.label)} {moment.probability:.0%}"
    if moment.source != "fused":
        text = f"{moment.source}: {text}"
    if moment.words:
        text += f" “{shortened(moment.words)}”"
    if moment.picture is None:
        return Moment(moment.time_s, "", text)
    number, peak = moment.picture
    picture = encoded(people[number].thumbnails[peak])
    return Moment(moment.time_s, served(picture, "image/jpeg", f"{place}.{number}.{peak}"), text)


def conflict_pictures(portraits: Portraits, place: str) -> dict[float, str]:
    """Start of a disagreement in s -> the address of its face.

    Args:
        portraits: the faces
        place: prefix of the names under which the browser gets them
    """
    return {
        start_s: served(encoded(picture), "image/jpeg", f"{place}.conflict.{start_s:.3f}")
        for start_s, picture in portraits.items()
    }


def _conflict_moment(conflict: Conflict, names: Mapping[int, str], url: str) -> Moment:
    whose = f" ({called(conflict.person, names)})" if conflict.person else ""
    return Moment(conflict.start_s, url, f"{CONFLICT_SYMBOL} {conflict.disagreement}{whose}", True)


def recording_moments(
    judged: RecordingAnalysis,
    strongest: Sequence[StrongMoment],
    names: Mapping[int, str],
    place: str,
    pictures: Mapping[float, str] = NO_PICTURES,
) -> list[Moment]:
    """The strongest moments and disagreements, by time.

    Args:
        judged: everything in one label set
        strongest: of the summary
        names: number of a person -> name, as far as the transcript tells it
        place: prefix of the names under which the browser gets the pictures
        pictures: of the disagreements, by `conflict_pictures`
    """
    people = {person.track_id: person for person in (judged.faces.people if judged.faces else ())}
    conflicts = strongest_conflicts(judged.conflicts, PORTRAITS_AT_MOST)
    found = [_strong_moment(moment, people, place) for moment in strongest]
    found += [_conflict_moment(c, names, pictures.get(c.start_s, "")) for c in conflicts]
    return sorted(found, key=lambda moment: moment.time_s)
