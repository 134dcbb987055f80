"""Jobs: the queue, cancellation, time limits, and how long results stay."""

import threading
import time

import pytest

from api.app import create_app
from api.jobs import Job, Jobs, Watch
from api.models import ModelStore
from api.problems import Problem
from api.settings import Settings
from emotion_core.errors import InvalidInput
from tests.api.clients import client_of, is_problem


def until_ended(jobs: Jobs, job: Job) -> Job:
    for _ in range(1000):
        if job.state not in ("waiting", "running"):
            return job
        time.sleep(0.01)
    raise TimeoutError(job.state)


def jobs_of(waiting: int = 2, longest_s: float = 60, kept_s: float = 60, kept: int = 9) -> Jobs:
    return Jobs(1, waiting, longest_s, kept_s, kept)


class Blocked:
    """Work that stops when it is let go or told to."""

    def __init__(self) -> None:
        self.go, self.began = threading.Event(), threading.Event()

    def __call__(self, watch: Watch) -> dict[str, object]:
        self.began.set()
        while not (self.go.wait(0.01) or watch.should_stop()):
            watch.on_seconds(1, 4)
        return {"answer": 1}


def nothing() -> None:
    pass


def test_a_job_is_done_and_gives_back_what_it_held():
    jobs, ended = jobs_of(), threading.Event()
    job = jobs.submit("video", "me", lambda _: {"answer": 1}, ended.set)
    assert until_ended(jobs, job).result == {"answer": 1}
    assert job.progress == 1
    assert ended.wait(5)
    jobs.close()


def test_progress_is_the_mean_of_the_stages():
    job = Job("recording", "me", Watch(60))
    assert job.progress == 0
    job.watch.on_stage("voice", 5, 10)
    job.watch.on_stage("faces", 99, 10)
    job.watch.on_stage("words", 3, None)
    assert job.progress == 0.75


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InvalidInput("no film"), "invalid-input"),
        (Problem("unknown-model", "none"), "unknown-model"),
        (RuntimeError("a secret sentence"), "internal"),
    ],
)
def test_a_job_that_fails_says_why(error: Exception, kind: str):
    def work(_: Watch) -> dict[str, object]:
        raise error

    jobs = jobs_of()
    job = until_ended(jobs, jobs.submit("video", "me", work, nothing))
    assert (job.state, job.problem and job.problem.kind) == ("failed", kind)
    assert "secret" not in str(job.problem)
    jobs.close()


def test_the_queue_is_bounded_and_takes_more_later():
    jobs, work = jobs_of(waiting=1), Blocked()
    first = jobs.submit("video", "me", work, nothing)
    second = jobs.submit("video", "me", work, nothing)
    with pytest.raises(Problem, match="overloaded") as refused:
        jobs.submit("video", "me", work, nothing)
    assert int(refused.value.headers["Retry-After"]) > 0
    work.go.set()
    assert [until_ended(jobs, j).state for j in (first, second)] == ["done", "done"]
    jobs.submit("video", "me", work, nothing)
    jobs.close()


def test_a_running_and_a_waiting_job_are_cancelled():
    jobs, work, ended = jobs_of(), Blocked(), []
    running = jobs.submit("video", "me", work, lambda: ended.append("running"))
    waiting = jobs.submit("video", "me", work, lambda: ended.append("waiting"))
    assert work.began.wait(5)
    work.began.clear()
    for job in (waiting, running):
        jobs.cancel(job.id, "me")
    assert jobs.counts()["cancelled"] == 2
    jobs.close()
    assert sorted(ended) == ["running", "waiting"]
    assert (running.result, waiting.result) == (None, None)
    assert not work.began.is_set()  # the one that waited never began


def test_a_job_that_takes_too_long_is_stopped():
    jobs = jobs_of(longest_s=0.05)
    job = until_ended(jobs, jobs.submit("video", "me", Blocked(), nothing))
    assert (job.state, job.problem and job.problem.kind) == ("failed", "too-long")
    jobs.close()


def test_results_are_forgotten_after_a_while_and_when_they_are_many():
    jobs = jobs_of(kept_s=0.05)
    job = until_ended(jobs, jobs.submit("video", "me", lambda _: {}, nothing))
    time.sleep(0.1)
    with pytest.raises(Problem, match="no-job"):
        jobs.find(job.id, "me")
    jobs.close()
    jobs = jobs_of(kept=2)
    made = [until_ended(jobs, jobs.submit("v", "me", lambda _: {}, nothing)) for _ in range(4)]
    assert sum(jobs.counts().values()) == 2
    assert jobs.find(made[-1].id, "me") is made[-1]
    jobs.close()


def test_another_owner_sees_nothing():
    jobs = jobs_of()
    job = jobs.submit("video", "me", lambda _: {}, nothing)
    for call in (jobs.find, jobs.cancel):
        with pytest.raises(Problem, match="no-job"):
            call(job.id, "you")
    jobs.close()


def test_the_routes_of_a_job(store: ModelStore):
    app = create_app(Settings(job_waiting=1), store)
    jobs, work = app.state.service.jobs, Blocked()
    with client_of(app) as client:
        first = jobs.submit("video", "", work, nothing)
        assert work.began.wait(5)
        job = client.get(f"/api/jobs/{first.id}").json()
        assert (job["state"], job["result"], job["problem"]) == ("running", None, None)
        second = jobs.submit("audio", "", work, nothing)
        full = client.post("/api/predict/video", files={"file": b"a film"})
        is_problem(full, 503, "overloaded")
        assert int(full.headers["retry-after"]) > 0
        assert app.state.service.budget.held == 0
        assert client.delete(f"/api/jobs/{second.id}").status_code == 204
        assert client.get(f"/api/jobs/{second.id}").json()["state"] == "cancelled"
        assert client.delete(f"/api/jobs/{second.id}").status_code == 204
        is_problem(client.get(f"/api/jobs/{second.id}"), 404, "no-job")
        is_problem(client.delete(f"/api/jobs/{second.id}"), 404, "no-job")
        is_problem(client.get("/api/jobs/no-such-job"), 404, "no-job")
    assert first.state == "cancelled"  # the service was closed
