"""Jobs that a page holds in its session."""

import gc
import threading

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ui import job_panel
from ui.job_panel import begin, drop, held
from ui.jobs import Job
from ui.progress import counted, so_far


class Waiting(Job):
    """Waits until it is stopped, or not at all."""

    def __init__(self, patient: bool, total: float | None = 100.0) -> None:
        self.patient = patient
        super().__init__(total)

    def _work(self) -> None:
        self.done = 75.0
        while self.patient and not self.cancelled:
            threading.Event().wait(0.01)


class Other(Waiting):
    """Another kind."""


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(job_panel, "PATIENCE_S", 0.01)
    return state


def test_a_job_takes_the_place_of_the_one_before_and_stops_it():
    first = begin("job", lambda: Waiting(patient=True))
    second = begin("job", lambda: Waiting(patient=True))
    assert first.cancelled
    assert not second.cancelled
    assert held("job", Waiting) is second
    drop("job")
    assert second.cancelled
    assert held("job", Waiting) is None
    drop("job")


def test_what_is_short_has_ended_when_the_page_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(job_panel, "PATIENCE_S", 30.0)
    assert not begin("job", lambda: Waiting(patient=False)).running


def test_a_job_of_another_kind_is_not_taken_for_ones_own():
    begin("job", lambda: Waiting(patient=False))
    assert held("job", Other) is None


def test_a_job_ends_with_the_session_that_held_it():
    app = AppTest.from_string("import streamlit as st").run()
    app.session_state["job"] = job = Waiting(patient=True)
    thread = job._thread
    app.run()
    del job
    gc.collect()
    assert thread.is_alive()
    del app
    gc.collect()
    thread.join(30)
    assert not thread.is_alive()


def test_what_a_job_has_done_arrives_while_it_works_and_after_it():
    job = Waiting(patient=True)
    while not job.done:
        threading.Event().wait(0.01)
    assert job.running
    assert job.share() == 0.75
    job.cancel()
    job.wait(30)
    assert not job.running
    ended_s = job.elapsed_s
    assert job.elapsed_s == ended_s


def test_how_far_a_job_is_in_words():
    job = Waiting(patient=False)
    job.wait(30)
    assert so_far(job, "Heard") == "Heard 1:15 of 1:40"
    assert counted(job, "files") == "75 of 100 files"
    job.total = None
    assert so_far(job, "Heard") == "Heard 1:15"
