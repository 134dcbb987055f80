"""Independent trainings side by side, one process each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import torch

from ..cores import available_cores


def run_side_by_side(
    jobs: Sequence[Callable[[], object]],
    on_progress: Callable[[int, int], None] | None = None,
    processes: int = 1,
) -> None:
    """Run jobs that can be pickled in processes of one core each, or in order on a GPU.

    A network this small gains little from a second core; two networks at once gain all of it.

    Args:
        jobs: what to call; what they return is dropped
        on_progress: called with (jobs done, jobs)
        processes: that each job starts itself; jobs with several run in order, in this process
    """
    if processes > 1:
        for done, job in enumerate(jobs, 1):
            job()
            if on_progress:
                on_progress(done, len(jobs))
        return
    if not jobs:
        return
    cores = available_cores()
    workers = 1 if torch.cuda.is_available() else min(len(jobs), cores)
    with ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=torch.set_num_threads,
        initargs=(cores // workers,),
    ) as pool:
        running = [pool.submit(job) for job in jobs]
        for done, job in enumerate(as_completed(running), 1):
            job.result()
            if on_progress:
                on_progress(done, len(jobs))
