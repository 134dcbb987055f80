"""What was measured, as JSON that other programs read."""

import json
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import numpy as np

from emotion_core.cores import available_cores

RESULTS = Path(__file__).resolve().parent / "results"
Theirs = TypeVar("Theirs")
Ours = TypeVar("Ours")


def cpu_name() -> str:
    """The processor, as the system names it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def gpu_name() -> str:
    """The first graphics processor, or an empty text."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    asked = [tool, "--query-gpu=name", "--format=csv,noheader"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return found.stdout.partition("\n")[0].strip() if found.returncode == 0 else ""


def peak_mb() -> float:
    """The most memory that this process held so far, in MB (10^6 bytes).

    `ru_maxrss` would count the parent's memory too where a process was started from a
    large one, so Linux's own high-water mark comes first.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    import resource

    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def times_ms(work: Callable[[], object], runs: int) -> np.ndarray:
    """Wall-clock time of each run, (run,) in ms."""
    times = np.empty(runs)
    for k in range(runs):
        start = perf_counter()
        work()
        times[k] = (perf_counter() - start) * 1e3
    return times


def latency(name: str, work: Callable[[], object], warm_up: int, runs: int) -> dict[str, float]:
    """Median and 95th percentile of some runs after others that do not count, in ms.

    Args:
        name: of the figures, before `_median_ms` and `_p95_ms`
        work: one run
        warm_up: runs that do not count
        runs: those that do
    """
    times_ms(work, warm_up)
    times = times_ms(work, runs)
    return {
        f"{name}_median_ms": float(np.median(times)),
        f"{name}_p95_ms": float(np.percentile(times, 95)),
    }


def time_over_ours(
    peer: Callable[[Theirs], object],
    ours: Callable[[Ours], object],
    rounds: Iterable[Sequence[tuple[Theirs, Ours]]],
) -> float:
    """A peer's time over ours: the median over rounds in which the two take turns.

    Args:
        peer: answers one item
        ours: answers one item
        rounds: the same items for the peer and for us; the first round does not count
    """
    ratios = []
    for pairs in rounds:
        theirs, own = (iter(items) for items in zip(*pairs, strict=True))
        peer_ms = times_ms(lambda it=theirs: peer(next(it)), len(pairs))
        ours_ms = times_ms(lambda it=own: ours(next(it)), len(pairs))
        ratios.append(peer_ms.sum() / ours_ms.sum())
    return float(np.median(ratios[1:]))


def write_record(name: str, figures: Mapping[str, float], ratios: Mapping[str, float]) -> Path:
    """Write `benchmarks/results/<name>.json` and show it.

    Args:
        name: of the benchmark
        figures: figure -> value; the name holds the unit
        ratios: peer -> its time over ours
    """
    record = {
        "name": name,
        "machine": {"cpu": cpu_name(), "cores": available_cores(), "gpu": gpu_name()},
        "figures": {k: round(v, 3) for k, v in figures.items()},
        "ratios": {k: round(v, 2) for k, v in ratios.items()},
        "date": datetime.now(UTC).date().isoformat(),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(path.read_text(encoding="utf-8"), end="")
    return path
