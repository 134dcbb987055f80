"""Memory and processor time of a process and of all that it started; Linux tells them in /proc."""

import os
from pathlib import Path
from threading import Event, Thread
from typing import Self

EVERY_S = 1.0


def below(pid: int) -> list[int]:
    """A process and every one that it started, and that those started."""
    found = [pid]
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in file.read_text(encoding="ascii").split():
                found += below(int(child))
        except OSError:  # it has ended meanwhile
            continue
    return found


def held_mb(pids: list[int]) -> float:
    """Memory of processes in MB (10^6 bytes); what several share counts once."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total / 1e6


def used_s(pid: int) -> float:
    """Processor time of a process so far, in s; 0 once it has ended."""
    try:
        cells = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")


class Watched:
    """Looks at a process once a second.

    Args:
        pid: of the process

    Attributes:
        peak_mb: the most that it and those below it held together
    """

    def __init__(self, pid: int) -> None:
        self.peak_mb = 0.0
        self._pid, self._over = pid, Event()
        self._used_s: dict[int, float] = {}
        self._thread = Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(EVERY_S):
            pids = below(self._pid)
            self.peak_mb = max(self.peak_mb, held_mb(pids))
            for pid in pids:
                self._used_s[pid] = max(self._used_s.get(pid, 0.0), used_s(pid))

    @property
    def processor_s(self) -> float:
        """Processor time of all together, as of the last look at each, in s."""
        return sum(self._used_s.values())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
