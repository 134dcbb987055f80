"""The service under load: `python -m benchmarks.service [--seconds 600]`.

Server and clients share one computer. Texts of 2 to 17 words, one for each request.
"""

import argparse
import sys

import numpy as np

from .record import write_record
from .service_load import Load, load
from .service_process import Client, Server, started

OURS, PEERS = "/api/predict", "/predict"
CLIENTS, ROUND_S, ROUNDS = 32, 10.0, 3
CROWD, CROWD_S = 600, 8.0
FEW, AFTER_S = 8, 5.0
SOAK_S, PART_S = 60.0, 30.0
HEALTH = "/health"


def against_peer(server: Server) -> tuple[dict[str, float], float]:
    """Figures of both, who take turns, and the peer's time for a request over ours."""
    ours, peers = [], []
    with started("-m", "benchmarks.service_peer", ready=HEALTH) as peer:
        load(peer.port, PEERS, CLIENTS, 3.0)
        load(server.port, OURS, CLIENTS, 3.0)
        for _ in range(ROUNDS):
            ours.append(load(server.port, OURS, CLIENTS, ROUND_S))
            peers.append(load(peer.port, PEERS, CLIENTS, ROUND_S))
            sys.stderr.write(f"{ours[-1].per_s:.0f} against {peers[-1].per_s:.0f} a second\n")
    figures = _figures("texts", ours) | _figures("peer", peers)
    return figures, float(np.median([a.per_s / b.per_s for a, b in zip(ours, peers, strict=True)]))


def _figures(name: str, rounds: list[Load]) -> dict[str, float]:
    return {
        f"{name}_per_s": float(np.median([found.per_s for found in rounds])),
        f"{name}_median_ms": float(np.median([found.percentile_ms(50) for found in rounds])),
        f"{name}_p95_ms": float(np.median([found.percentile_ms(95) for found in rounds])),
        f"{name}_failed": sum(found.failed + found.turned_away for found in rounds),
    }


def crowd(server: Server) -> dict[str, float]:
    """More clients than have a place, then few: who is turned away is told when to come again."""
    found = load(server.port, OURS, CROWD, CROWD_S)
    after = load(server.port, OURS, FEW, AFTER_S)
    return {
        "crowd_clients": CROWD,
        "crowd_answered": found.answered,
        "crowd_turned_away": found.turned_away,
        "crowd_without_retry_after": found.unannounced,
        "crowd_failed": found.failed,
        "after_crowd_per_s": after.per_s,
        "after_crowd_failed": after.failed + after.turned_away,
    }


def soak(server: Server, seconds: float) -> dict[str, float]:
    """The same load for long: what failed, and how memory grew after the first part."""
    parts, memory = [], []
    for _ in range(max(2, round(seconds / PART_S))):
        parts.append(load(server.port, OURS, CLIENTS, PART_S))
        memory.append(server.memory_mb)
        sys.stderr.write(f"{parts[-1].per_s:.0f} a second, {memory[-1]:.0f} MB\n")
    return {
        "soak_s": sum(part.seconds for part in parts),
        "soak_answered": sum(part.answered for part in parts),
        "soak_failed": sum(part.failed + part.turned_away for part in parts),
        "soak_slowest_p95_ms": max(part.percentile_ms(95) for part in parts),
        "soak_start_mb": memory[0],
        "soak_end_mb": memory[-1],
    }


def media(server: Server) -> dict[str, float]:
    """What each request of media costs that goes through a process of its own: a refused one."""
    client = Client(server.port)
    times = [client.file("image", b"no picture").seconds * 1e3 for _ in range(220)][20:]
    processes = server.children_mb
    client.close()
    return {
        "refused_picture_median_ms": float(np.median(times)),
        "media_process_mb": max(processes, default=0.0),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SOAK_S, help="Of the soak.")
    seconds = parser.parse_args().seconds
    with started() as server:
        figures, ratio = against_peer(server)
        figures |= crowd(server) | soak(server, seconds) | media(server)
    write_record("service", figures, {"fastapi_transformers_pipeline_distilbert": ratio})


if __name__ == "__main__":
    main()
