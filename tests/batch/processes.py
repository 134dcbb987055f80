"""Processes that a command starts, and where they listen; Linux tells it in /proc."""

from pathlib import Path

LISTENING = "0A"
HERE = ("0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000")
"""127.0.0.1, the same as IPv6, and ::1"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def below(pid: int) -> set[int]:
    """Every process that this one started, and that those started."""
    found: set[int] = set()
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = {int(child) for child in file.read_text().split()}
        except OSError:
            continue
        found |= children
        for child in children:
            found |= below(child)
    return found


def _sockets(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def listening(pids: set[int]) -> set[str]:
    """Addresses (hexadecimal, as the system names them) at which processes listen."""
    sockets = set().union(*map(_sockets, pids))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == LISTENING and cells[9] in sockets:
                found.add(cells[1].partition(":")[0])
    return found
