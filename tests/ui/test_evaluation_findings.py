"""Badges, leaks and fairness of models on the evaluation page, and the tab of one's own data."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.evaluation.fairness_measure import measure_fairness
from emotion_core.evaluation.findings import FAIRNESS, LEAKAGE, LEAKS, write_finding
from emotion_core.registry import read_spec
from tests.evaluation.findings import check, leaks, worth
from tests.ui.evaluations import stored_answers, write_evaluated_bundle
from ui.evaluation_leak_check import KEY, WANTED, OwnFile

TIMEOUT_S = 60


def models_page() -> None:
    from ui.evaluation_models import models_tab

    models_tab()


def leak_page() -> None:
    from ui.evaluation_leak_check import leak_tab

    leak_tab()


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_evaluated_bundle(tmp_path / "text-own", stored_answers(), id="text-own")
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path))
    return folder


def shown(section: str) -> AppTest:
    """The models tab with this model and section."""
    app = AppTest.from_function(models_page, default_timeout=TIMEOUT_S).run()
    app.selectbox(key="evaluation_model").set_value("text-own").run()
    if app.segmented_control:
        app.segmented_control(key="evaluation_section").set_value(section).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    parts = (*app.markdown, *app.caption, *app.info, *app.success, *app.warning)
    return "\n".join(x.value for x in parts)


def charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def test_a_model_that_was_not_checked_says_so(bundle: Path):
    app = shown("Scores")
    assert "not checked for leaks" in texts(app)
    assert charts(app) == 1
    assert "Fairness" not in app.segmented_control(key="evaluation_section").options
    assert "bundle-leaks --model text-own" in texts(shown("Leaks"))


def test_a_badge_and_the_score_without_copies_stand_beside_the_scores(bundle: Path):
    write_finding(read_spec(bundle), LEAKS, leaks([check(exact=3, near=4)]))
    app = shown("Scores")
    told = texts(app)
    assert "leaks: 7 copies" in told
    assert "3 exact and 4 near copies of 100 test items" in told
    assert "0.750 becomes 0.700" in told
    assert charts(app) == 2


def test_the_section_of_leaks(bundle: Path):
    spec = read_spec(bundle)
    write_finding(spec, LEAKS, leaks([check(exact=3, near=4)]))
    write_finding(spec, LEAKAGE, worth())
    app = shown("Leaks")
    assert charts(app) == 3
    assert "`some-encoder`: nobody knows." in texts(app)
    assert "Gain by the copies: test faces +0.100" in texts(app)


def test_a_clean_model(bundle: Path):
    write_finding(read_spec(bundle), LEAKS, leaks([check()]) | {"upstream": []})
    app = shown("Leaks")
    assert "None of 100 test items has a copy" in texts(app)
    assert "stands on no encoder" in texts(app)


def test_fairness_of_a_model_that_is_the_same_for_all(bundle: Path):
    write_finding(read_spec(bundle), FAIRNESS, measure_fairness(bundle))
    app = shown("Fairness")
    assert "No gap that the data can tell from chance" in texts(app)
    assert "What this cannot show" in texts(app)
    assert charts(app) == 2


def test_a_surprising_gap_comes_first(bundle: Path):
    content = measure_fairness(bundle)
    checks = content["parts"][0]["checks"]
    checks[2]["gap"] |= {"difference": 0.2, "corrected": 0.01, "p_value": 0.002}
    checks[3]["gap"] |= {"difference": 0.3}
    write_finding(read_spec(bundle), FAIRNESS, content)
    app = shown("Fairness")
    assert "largest gap 0.200" in app.warning[0].value
    assert "4 others have no gap at all" in texts(app)
    assert charts(app) == 3
    (chosen,) = [box for box in app.selectbox if box.label == "Measure"]
    assert chosen.value == checks[2]["measure"]


@pytest.fixture
def tab() -> AppTest:
    return AppTest.from_function(leak_page, default_timeout=TIMEOUT_S).run()


def given(tab: AppTest, name: str, content: bytes) -> AppTest:
    file = OwnFile(name, name)
    file.path.write_bytes(content)
    tab.session_state[WANTED.file_key] = file
    return tab.run()


def checked(tab: AppTest) -> AppTest:
    tab.button(key=f"{KEY}_start").click().run()
    job = tab.session_state[f"{KEY}_job"]
    job.wait(TIMEOUT_S)
    return tab.run()


ROWS = "words,part,who\nthe same long day again,train,ann\nThe same long day again!,test,bob\n"


def test_a_table_of_ones_own(tab: AppTest):
    given(tab, "mine.csv", ROWS.encode())
    key = f"{KEY}_mine.csv"
    tab.selectbox(key=f"{key}_text").set_value("words").run()
    tab.selectbox(key=f"{key}_split").set_value("part").run()
    checked(tab)
    assert not tab.exception
    assert "of 1 texts, 0 have an exact and 1 a near copy" in tab.warning[0].value
    examples = tab.dataframe[0].value
    assert examples[["row", "copy of", "kind"]].to_numpy().tolist() == [["1", "0", "normalised"]]
    tab.selectbox(key=f"{key}_group").set_value("who").run()
    assert "have changed" in texts(tab)
    assert not tab.warning


def test_a_clean_table(tab: AppTest):
    frame = pd.DataFrame({"text": ["one fine day", "another story"], "split": ["train", "test"]})
    checked(given(tab, "mine.csv", frame.to_csv(index=False).encode()))
    assert "Clean: 1 texts looked at" in tab.success[0].value


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("x.csv", b"text,split\n", "0 rows"), ("x.zip", b"no archive", "no ZIP that can be read")],
)
def test_what_cannot_be_checked_is_told(tab: AppTest, name: str, content: bytes, message: str):
    checked(given(tab, name, content))
    assert not tab.exception
    assert message in tab.error[0].value
