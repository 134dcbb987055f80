"""A comparison as a page: what is on it, and that it stands alone."""

from pathlib import Path

import pytest

from emotion_core.evaluation.comparison import compare_all
from emotion_core.evaluation.comparison_labels import read_label_tables
from emotion_core.evaluation.comparison_page import comparison_page, verdict
from tests.evaluation.answers import make_answers, write
from tests.evaluation.test_comparison_many import BY_ID, many, several
from tests.evaluation.test_report_page import EVIL, parsed


def test_all_files_and_pairs_are_on_the_page(tmp_path: Path) -> None:
    found = many(tmp_path)
    page = comparison_page(found)
    elements = parsed(page)
    assert not {"script", "link", "img", "iframe"} & set(elements.names)
    assert "default-src 'none'" in page
    for pair in found.pairs.values():
        assert f"{pair.names[1]} − {pair.names[0]}" in page
        assert f"{pair.differences['accuracy'].value:+.3f}" in page
        assert f"{pair.mcnemar.corrected:.3g}" in page
    for scores in found.scores:
        assert f"{scores.metrics['macro_f1']:.3f}" in page
    assert elements.names.count("figure") == elements.names.count("figcaption")


def test_two_files_are_told_apart_in_a_sentence(tmp_path: Path) -> None:
    paths = [write(several(seed=s, wrong=w), tmp_path / f"{s}.csv") for s, w in ((1, 0.3), (2, 0))]
    found = compare_all([read_label_tables(p, BY_ID) for p in paths], samples=100)
    page = comparison_page(found)
    parsed(page)
    told = verdict(found.pairs[0, 1])
    assert "more than chance" in told
    assert told.split(" by McNemar")[0] in page
    assert "every label of an item must be right" in page


@pytest.mark.parametrize("rows", [1, 60])
def test_equal_files_and_names_that_would_break_out(tmp_path: Path, rows: int) -> None:
    from emotion_core.evaluation.predictions import read_predictions

    frame = make_answers(rows).replace({"truth": {"joy": EVIL}, "label": {"joy": EVIL}})
    path = write(frame, tmp_path / "<b>a&b.csv")
    page = comparison_page(compare_all([read_predictions(path, BY_ID)] * 2, samples=20))
    assert "They agree on every item." in page
    assert "script" not in parsed(page).names
    assert "<b>" not in page
