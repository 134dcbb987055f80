"""How many processor cores this process may use."""

import os

WISH = "OMP_NUM_THREADS"
"""what a container sets, since it sees every core of its computer"""


def available_cores() -> int:
    """Cores that the system grants this process, 1 or more; `$OMP_NUM_THREADS` makes them fewer."""
    if hasattr(os, "sched_getaffinity"):
        granted = len(os.sched_getaffinity(0))
    else:
        granted = os.cpu_count() or 1
    wish = os.environ.get(WISH, "")
    return min(granted, int(wish)) if wish.isdecimal() and int(wish) else granted
