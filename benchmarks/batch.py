"""Batch: texts a second with one worker and with several, and memory: `python -m benchmarks.batch`.

`--rows 1000000` answers a million; the time is that of the command, Ray's start included.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from emotion_core.cores import available_cores
from emotion_core.loading import DEFAULT_TEXT_MODEL

from .record import write_record
from .sentences import write_csv
from .trees import Watched

TOKENS = 20
ROWS = 100_000
FEW = 10
"""how many times fewer rows the run has that memory is compared with"""


def measure(rows: int, workers: int, model: str) -> dict[str, float]:
    """One run of the command in a folder of its own.

    Returns:
        `seconds` of the command, `rows_per_s` between the first part and the last, and
        `peak_mb` and `processor_s` of all its processes
    """
    with tempfile.TemporaryDirectory() as name:
        source, out = Path(name, "in.csv"), Path(name, "out")
        write_csv(source, rows, TOKENS)
        command = [sys.executable, "-m", "emotion_core", "batch", str(source), "--modality", "text"]
        command += ["--out", str(out), "--workers", str(workers), "--model", model]
        start = perf_counter()
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        with Watched(process.pid) as watched:
            _, said = process.communicate()
        seconds = perf_counter() - start
        if process.returncode:
            raise RuntimeError(f"the command ended with {process.returncode}: {said[-2000:]}")
        size = json.loads((out / "_run.json").read_text())["batch_size"]
        times = sorted(part.stat().st_mtime for part in out.glob("part-*.parquet"))
        steady = (rows - min(workers, len(times)) * size) / (times[-1] - times[workers - 1])
    return {
        "seconds": seconds,
        "rows_per_s": steady,
        "peak_mb": watched.peak_mb,
        "processor_s": watched.processor_s,
    }


def main() -> None:
    """Measure and write `benchmarks/results/batch.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=DEFAULT_TEXT_MODEL, help="bundle id or folder")
    parser.add_argument("--rows", type=int, default=ROWS, help="texts of the longest run")
    chosen = parser.parse_args()
    cores, few = available_cores(), max(1, chosen.rows // FEW)
    short = measure(few, cores, chosen.model)
    long = measure(chosen.rows, cores, chosen.model)
    alone = measure(few, 1, chosen.model)
    write_record(
        "batch",
        {
            "rows": chosen.rows,
            "workers": cores,
            "seconds": long["seconds"],
            "rows_per_s": chosen.rows / long["seconds"],
            "steady_rows_per_s": long["rows_per_s"],
            "one_worker_steady_rows_per_s": alone["rows_per_s"],
            "growth_by_workers": long["rows_per_s"] / alone["rows_per_s"],
            "start_and_end_s": long["seconds"] - chosen.rows / long["rows_per_s"],
            "processor_ms_per_row": 1e3
            * (long["processor_s"] - short["processor_s"])
            / (chosen.rows - few),
            "peak_mb": long["peak_mb"],
            "peak_growth_mb": long["peak_mb"] - short["peak_mb"],
        },
        {},
    )


if __name__ == "__main__":
    main()
