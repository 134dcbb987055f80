"""The Training page: models adapted, and trainings started, watched, stopped and gone on with."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core import load
from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.training.runs import Run, read_run, recorded, work_of
from emotion_core.training.watching import announce
from ui import training_process
from ui.adapt_job import AdaptJob
from ui.training_example import example_table
from ui.training_process import KINDS, log_end, start, stop, target_of
from ui.training_table import BEGINS_WITHIN_S, forget_tables_below, keep_table

WAIT_S = 120


def opened(tab: str = "") -> AppTest:
    app = AppTest.from_file("../../app.py", default_timeout=WAIT_S).run()
    if tab:
        app.session_state["training_tab"] = tab
    app.switch_page("pages/build/training.py").run()
    assert not app.exception
    return app


def wait_for_end(out: Path) -> None:
    """Until a training has ended, well or not."""
    for _ in range(10 * WAIT_S):
        run = read_run(work_of(out))
        if run is None and (out / "manifest.json").is_file():
            return
        if run is not None and run.state != "running":
            return
        time.sleep(0.1)
    pytest.fail(f"no end: {read_run(work_of(out))}")


def test_a_model_is_adapted_and_kept(own_models: Path):
    app = opened()
    app.button(key="adapt_try").click().run()
    app.button(key="adapt_start").click().run()
    job = app.session_state["adapt_job"]
    job.wait(WAIT_S)
    app.run()
    assert not app.exception
    assert not job.error
    assert job.found.report.scores.n == 120
    assert "whole groups apart" in job.found.report.protocol
    app.text_input(key="adapt_name").set_value("mine").run()
    app.button(key="adapt_keep").click().run()
    assert any("is kept" in s.value for s in app.success)
    assert load(own_models / "mine").predict("I laughed until I cried").label == "joy"


def test_an_adaptation_can_be_stopped():
    job = AdaptJob("text", "text-goemotions28", "few.csv", example_table(), aligned=False)
    job.cancel()
    job.wait(WAIT_S)
    assert job.found is None
    assert "stopped before its end" in job.error


def test_examples_cannot_name_files_of_this_computer(tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret of this computer", encoding="utf-8")
    rows = [f"{secret},{label}" for label in ("joy", "sadness") for _ in range(4)]
    content = "\n".join(["path,label", *rows]).encode()
    job = AdaptJob("text", "text-goemotions28", "few.csv", content, aligned=False)
    job.wait(WAIT_S)
    assert "secret.txt: the file is missing" in job.error


def test_a_training_runs_in_a_process_of_its_own(own_models: Path):
    app = opened(":material/model_training: A whole training")
    app.button(key="training_try").click().run()
    app.button(key="training_start").click().run()
    assert not app.exception
    assert not app.error
    out = own_models / "my-first-model"
    wait_for_end(out)
    assert load(out).labels == ("anger", "joy", "neutral", "sadness")
    assert not work_of(out).exists()
    app = opened(":material/monitoring: Trainings")
    assert any("my-first-model" in m.value for m in app.markdown)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "naive_bayes.alhpa=2",
            "'naive_bayes.alhpa'; the nearest valid one is 'naive_bayes.alpha'",
        ),
        ("seed=often", "'seed' expects a whole number from 0 to 2147483647, got 'often'"),
    ],
)
def test_a_wrong_setting_is_told_before_anything_starts(own_models: Path, more: str, message: str):
    app = opened(":material/model_training: A whole training")
    app.button(key="training_try").click().run()
    app.text_area(key="training_more_words").set_value(more).run()
    app.button(key="training_start").click().run()
    assert message in app.error[0].value
    assert list(own_models.iterdir()) == []


@pytest.mark.parametrize("name", ["", "a/b", "..", "x" * 70])
def test_names_that_cannot_be(own_models: Path, name: str):
    with pytest.raises(InvalidInput, match="expected letters, digits"):
        target_of(name)


ONE_CLASS = b"text,label\nonly one,joy\n"


def wait_until_gone(path: Path) -> None:
    for _ in range(10 * WAIT_S):
        if not path.exists():
            return
        time.sleep(0.1)
    pytest.fail(f"{path} is still there")


def test_a_failed_training_does_not_keep_an_uploaded_table(own_models: Path):
    out = start(KINDS["words"], "mine", ("few.CSV", ONE_CLASS), [])
    wait_for_end(out)
    run = read_run(work_of(out))
    assert run is not None
    assert "expected two classes or more" in run.error
    wait_until_gone(work_of(out) / "table.csv")
    app = opened(":material/monitoring: Trainings")
    assert any("start it again with the table" in c.value for c in app.caption)
    assert app.button(key=f"again_{run.out}").disabled


def test_a_training_that_never_begins_does_not_keep_an_uploaded_table(
    own_models: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(training_process, "PROGRAM", ("-c", "raise SystemExit(1)"))
    out = start(KINDS["words"], "mine", ("few.csv", example_table()), [])
    wait_until_gone(work_of(out) / "table.csv")
    monkeypatch.setattr(training_process, "PROGRAM", ("\0",))
    with pytest.raises(EmotionCoreError, match="cannot be started"):
        start(KINDS["words"], "mine", ("few.csv", example_table()), [])
    assert not (work_of(out) / "table.csv").exists()


@pytest.mark.parametrize(
    ("state", "age_s", "kept"),
    [
        (None, 0.0, True),
        (None, 2 * BEGINS_WITHIN_S, False),
        ("failed", 2 * BEGINS_WITHIN_S, False),
        ("stopped", 2 * BEGINS_WITHIN_S, True),
        ("running", 2 * BEGINS_WITHIN_S, True),
    ],
)
def test_tables_that_were_left_behind(
    own_models: Path, state: str | None, age_s: float, kept: bool
):
    table = keep_table(work_of(own_models / "mine"), "few.csv", ONE_CLASS)
    then = time.time() - age_s
    os.utime(table, (then, then))
    if state is not None:
        run = {"out": str(own_models / "mine"), "arguments": [], "pid": 1, "started": then}
        (table.parent / "run.json").write_text(json.dumps({**run, "state": state}))
    forget_tables_below(own_models)
    assert table.exists() == kept


def test_a_name_that_is_being_trained_is_taken(own_models: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Run, "alive", property(lambda self: True))
    with recorded(own_models / "mine", ["train"]):
        table = keep_table(work_of(own_models / "mine"), "few.csv", ONE_CLASS)
        with pytest.raises(InvalidInput, match="is being trained already"):
            start(KINDS["words"], "mine", ("other.csv", example_table()), [])
        assert table.read_bytes() == ONE_CLASS


def test_a_failed_training_says_why_and_goes_on(own_models: Path, tmp_path: Path):
    data = tmp_path / "few.csv"
    data.write_bytes(ONE_CLASS)
    out = start(KINDS["words"], "mine", str(data), [])
    wait_for_end(out)
    run = read_run(work_of(out))
    assert run is not None
    assert run.state == "failed"
    assert "expected two classes or more" in run.error
    assert "expected two classes or more" in log_end(run)
    app = opened(":material/monitoring: Trainings")
    assert "expected two classes or more" in app.error[0].value
    data.write_bytes(example_table())
    app.button(key=f"again_{run.out}").click().run()
    for _ in range(10 * WAIT_S):
        if (out / "manifest.json").is_file() and not work_of(out).exists():
            break
        time.sleep(0.1)
    assert load(out).spec.id == "mine"


def test_a_training_is_stopped(own_models: Path, monkeypatch: pytest.MonkeyPatch):
    out = own_models / "slow"
    script = (
        "import time; from pathlib import Path; from emotion_core.training.runs import recorded"
    )
    script += f"\nwith recorded(Path({str(out)!r}), ['train']): time.sleep(300)"
    monkeypatch.setattr(training_process, "PROGRAM", ("-c", script))
    training_process.run_again(out, ["emotion_core"])
    run = read_run(work_of(out))
    while run is None:
        time.sleep(0.1)
        run = read_run(work_of(out))
    assert run.alive
    stop(run)
    wait_for_end(out)
    ended = read_run(work_of(out))
    assert ended is not None
    assert (ended.state, ended.alive) == ("stopped", False)
    app = opened(":material/monitoring: Trainings")
    assert any("It was stopped" in i.value for i in app.info)


def test_stop_leaves_the_script_that_began_a_training(own_models: Path):
    out = own_models / "slow"
    training = (
        "import time; from pathlib import Path; from emotion_core.training.runs import recorded\n"
        f"with recorded(Path({str(out)!r}), ['train']): time.sleep(300)"
    )
    script = (
        "import subprocess, sys\n"
        f"subprocess.run([sys.executable, '-c', {training!r}], stderr=subprocess.DEVNULL)"
    )
    with subprocess.Popen([sys.executable, "-c", script], start_new_session=True) as around:
        run = read_run(work_of(out))
        while run is None:
            time.sleep(0.1)
            run = read_run(work_of(out))
        stop(run)
        assert around.wait(WAIT_S) == 0
    ended = read_run(work_of(out))
    assert ended is not None
    assert ended.state == "stopped"


def test_a_running_one_shows_how_far_it_is(own_models: Path, monkeypatch: pytest.MonkeyPatch):
    out = own_models / "mine"
    monkeypatch.setattr(Run, "alive", property(lambda self: True))
    with recorded(out, ["train"]):
        member = work_of(out) / "member-0"
        member.mkdir()
        announce(work_of(out), 2)
        progress = {"step": 5, "steps": 10, "epoch": 1, "epochs": 4}
        (member / "progress.json").write_text(json.dumps(progress))
        (member / "history.csv").write_text(
            "epoch,train_loss,validation_loss,validation_uar\n1,2.0,1.9,0.3\n"
        )
        app = opened(":material/monitoring: Trainings")
    (bar,) = app.get("progress")
    assert "Network 1 of 2, epoch 2 of 4" in bar.proto.text  # type: ignore[attr-defined]
    assert bar.proto.value == 25  # type: ignore[attr-defined]
    assert len(app.get("plotly_chart")) == 2
