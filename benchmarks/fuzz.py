"""Damaged media against the running service: `python -m benchmarks.fuzz`.

Every file is answered or refused within its time, the server lives on, and its memory is flat.
"""

import argparse
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from api.settings import Settings

from .damage import Case, Damaged
from .record import write_record
from .service_process import Answer, Client, Server, started

FILES, SEED = 10_000, 8
CLIENTS = 3
POLL_S, BUSY_S = 0.1, 1.0
FULL = 503
FLAT = 10
"""the first of so many parts of the files warm the server up before memory is compared"""


class Sender:
    """Sends files and counts what becomes of them.

    Args:
        port: of the service
    """

    def __init__(self, port: int) -> None:
        self._port, self._lock = port, threading.Lock()
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []
        self.longest_s = self.longest_job_s = 0.0

    def send(self, case: Case) -> None:
        """Send one file and wait for what becomes of it."""
        client = Client(self._port)  # a kept one may have been closed while nothing was sent
        began, at_once_s = time.perf_counter(), 0.0
        try:
            answer = self._admitted(client, case)
            at_once_s = answer.seconds
            outcome = self._outcome(client, answer)
        except (OSError, ValueError) as error:
            outcome = f"no answer: {type(error).__name__}"
        client.close()
        seconds = time.perf_counter() - began
        with self._lock:
            self.outcomes[outcome] += 1
            self.longest_s = max(self.longest_s, at_once_s)
            self.longest_job_s = max(self.longest_job_s, seconds - at_once_s)
            if outcome.startswith(("no answer", "internal", "interrupted", "about:blank")):
                self.faults.append(f"{outcome}: {case.route}, {case.kind}, {case.damage}")

    def _admitted(self, client: Client, case: Case) -> Answer:
        """The answer once the queue has a place."""
        while (answer := client.file(case.route, case.content)).status == FULL:
            time.sleep(BUSY_S)
        return answer

    def _outcome(self, client: Client, answer: Answer) -> str:
        if answer.status == 202:
            address = answer.headers["location"]
            while (job := client.ask("GET", address).told)["state"] in ("waiting", "running"):
                time.sleep(POLL_S)
            client.ask("DELETE", address)
            problem = job["problem"]
            return "job done" if problem is None else _kind(problem)
        return "answered" if answer.status == 200 else _kind(answer.told)


def _kind(problem: object) -> str:
    if not isinstance(problem, dict):
        raise TypeError(problem)
    return str(problem["type"]).rpartition("#")[2]


def batches(files: int, seed: int, parts: int) -> Iterator[list[Case]]:
    """Damaged files in equal parts."""
    damaged = Damaged(seed)
    edges = np.linspace(0, files, parts + 1).round().astype(int)
    for count in np.diff(edges).tolist():
        yield [damaged.next() for _ in range(count)]


def run(server: Server, files: int, seed: int) -> tuple[Sender, list[float]]:
    """Send them all; who sent them, and the server's memory in MB after each part."""
    sender, memory = Sender(server.port), []
    with ThreadPoolExecutor(CLIENTS) as pool:
        for part, cases in enumerate(batches(files, seed, FLAT), 1):
            list(pool.map(sender.send, cases))
            memory.append(server.memory_mb)
            sys.stderr.write(f"{part} of {FLAT}: {memory[-1]:.0f} MB, {dict(sender.outcomes)}\n")
    return sender, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    began = time.perf_counter()
    with started() as server:
        sender, memory = run(server, given.files, given.seed)
        client = Client(server.port)
        lives = client.text("I am so happy today").status == 200
        children = server.children_mb
        client.close()
    for fault in sender.faults:
        sys.stderr.write(f"{fault}\n")
    figures = {
        "files": given.files,
        "clients": CLIENTS,
        "seconds": time.perf_counter() - began,
        "lives_after": float(lives),
        "faults": len(sender.faults),
        "longest_at_once_s": sender.longest_s,
        "limit_at_once_s": Settings().at_once_s,
        "longest_job_s": sender.longest_job_s,
        "server_warm_mb": memory[0],
        "server_end_mb": memory[-1],
        "largest_process_mb": max(children, default=0.0),
        **{f"outcome {name}": count for name, count in sorted(sender.outcomes.items())},
    }
    write_record("fuzz", figures, {})
    if sender.faults or not lives:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
