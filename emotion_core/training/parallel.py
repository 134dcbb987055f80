"""Independent trainings side by side, one process each."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import torch


def run_side_by_side(
    jobs: Sequence[Callable[[], object]], on_progress: Callable[[int, int], None] | None = None
) -> None:
    """Run jobs that can be pickled in processes of one core each, or in order on a GPU.

    A network this small gains little from a second core; two networks at once gain all of it.

    Args:
        jobs: what to call; what they return is dropped
        on_progress: called with (jobs done, jobs)
    """
    if not jobs:
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    workers = 1 if torch.cuda.is_available() else min(len(jobs), cores or 1)
    with ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=torch.set_num_threads,
        initargs=((cores or 1) // workers,),
    ) as pool:
        running = [pool.submit(job) for job in jobs]
        for done, job in enumerate(as_completed(running), 1):
            job.result()
            if on_progress:
                on_progress(done, len(jobs))
