"""How many processor cores this process may use."""

import os


def available_cores() -> int:
    """Cores that the system grants this process, 1 or more."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
