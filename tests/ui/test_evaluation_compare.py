"""The comparison tab: several models, kept tests, files of answers."""

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.evaluation.prediction_report import evaluate_predictions
from emotion_core.evaluation.predictions import ColumnChoice, read_predictions
from tests.evaluation.answers import make_answers, write
from tests.ui.evaluations import stored_answers, write_evaluated_bundle
from ui.evaluation_own_kept import KEPT, Kept
from ui.evaluation_stored import of_report

PAGE, COMPARE = "pages/background/evaluation.py", ":material/leaderboard: Compare"
WHAT = "evaluation_compare_what"


@pytest.fixture
def tab(start: Callable[[], AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    for name, right, seed in (("text-a", 0.9, 1), ("text-b", 0.6, 2), ("text-c", 0.3, 3)):
        write_evaluated_bundle(tmp_path / name, stored_answers(right=right, seed=seed))
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path))
    app = start().switch_page(PAGE).run()
    app.session_state["evaluation_tab"] = COMPARE
    app.run()
    return app.selectbox(key="evaluation_first").set_value("text-a").run()


def texts(app: AppTest) -> str:
    return "\n".join(x.value for x in (*app.markdown, *app.caption))


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The table that has this column."""
    return next(d.value for d in app.dataframe if column in d.value.columns)


def test_two_models_are_told_apart_in_a_sentence(tab: AppTest):
    assert not tab.exception
    assert "text-b minus text-a: -0." in texts(tab)
    assert "more than chance by McNemar's test" in texts(tab)
    assert "240 shared items" in texts(tab)


def test_three_models_are_compared_pair_by_pair(tab: AppTest):
    tab.multiselect(key="evaluation_others_text-a").set_value(["text-b", "text-c"]).run()
    assert not tab.exception
    tests = table(tab, "p by Holm")
    assert tests[["first", "second"]].to_numpy().tolist() == [
        ["text-a", "text-b"], ["text-a", "text-c"], ["text-b", "text-c"],
    ]  # fmt: skip
    assert all(tests["p by Holm"].astype(float) >= tests["p"].astype(float))
    listed = table(tab, "text-c")
    assert (listed[["text-a", "text-b", "text-c"]].nunique(axis=1) > 1).all()
    tab.multiselect(key="evaluation_others_text-a").set_value([]).run()
    assert "Choose a model" in tab.info[0].value


def test_kept_tests_stand_beside_each_other(tab: AppTest, tmp_path: Path):
    tab.segmented_control(key=WHAT).set_value("kept tests").run()
    assert "Keep two tests" in tab.info[0].value
    kept = {}
    for name, every in (("mine.csv", 5), ("yours.csv", 2)):
        frame = make_answers(120)
        frame.loc[::every, "label"] = frame.loc[::every, "truth"]
        path = write(frame, tmp_path / name)
        columns = ColumnChoice("truth", "label", None, "id")
        report = evaluate_predictions(read_predictions(path, columns), samples=10)
        kept[name] = Kept(of_report(name, report), b"", None, by_item=True)
    tab.session_state[KEPT] = kept
    tab.run()
    assert not tab.exception
    assert "yours.csv minus mine.csv: +0." in texts(tab)


def test_files_of_answers_are_compared(tab: AppTest):
    tab.segmented_control(key=WHAT).set_value("files of answers").run()
    assert not tab.exception
    frame = make_answers(60)
    files = []
    for name, own in (("a.csv", frame), ("b.csv", frame.assign(label=frame["truth"]))):
        content = io.StringIO()
        own.to_csv(content, index=False)
        files.append((name, content.getvalue().encode(), "text/csv"))
    tab.file_uploader(key="evaluation_files_upload").set_value(files).run()
    assert not tab.exception
    tab.selectbox(key="evaluation_files_answer").set_value("label").run()
    tab.button(key="evaluation_files_start").click().run()
    assert not tab.exception
    assert "b.csv minus a.csv: +0." in texts(tab)
