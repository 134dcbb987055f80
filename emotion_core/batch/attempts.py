"""Which file of a portion is being read, so that one that kills the process is found and left out.

A decoder that crashes takes its worker with it; Ray starts another, and the portion comes again.
The first try of a portion notes only that it began. From the second on each file is noted before
it is read, and one at which the process died twice is an error and not read again.
"""

import json
from collections import Counter

from .storage import Place

MOST_DEATHS = 2


class Attempts:
    """The tries at one portion.

    Args:
        place: of a small file, there while the portion is answered
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        earlier = json.loads(place.read()) if place.is_file() else {}
        self._deaths = Counter({int(k): n for k, n in earlier.get("deaths", {}).items()})
        if (item := earlier.get("item")) is not None:
            self._deaths[item] += 1
        self._careful = bool(earlier)
        self._note(None)

    def may_read(self, item: int) -> bool:
        """Whether to read an item (its place in the portion), which is noted."""
        if self._deaths[item] >= MOST_DEATHS:
            return False
        if self._careful:
            self._note(item)
        return True

    def end(self) -> None:
        """The part is there."""
        self._place.remove()

    def _note(self, item: int | None) -> None:
        content = {"item": item, "deaths": {str(k): n for k, n in self._deaths.items()}}
        self._place.write(json.dumps(content).encode())
