"""Findings in a bundle, the badge that they give, and cards that keep them."""

import json
from pathlib import Path
from typing import Any

import pytest

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.cards import keep_finding, rewrite_card
from emotion_core.evaluation.fairness_measure import measure_fairness
from emotion_core.evaluation.findings import (
    FAIRNESS,
    LEAKAGE,
    LEAKS,
    is_outdated,
    read_finding,
    write_finding,
)
from emotion_core.evaluation.leak_card import CLEAN, LEAKING, UNCHECKED, leak_badge
from emotion_core.labels import EMOTION6
from emotion_core.registry import find, read_spec
from emotion_core.training.bundle import update_manifest
from tests.bundles import write_naive_bayes_bundle
from tests.evaluation.findings import check, leaks, results, worth


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = write_naive_bayes_bundle(tmp_path / "some", EMOTION6)
    (folder / "evaluation").mkdir()
    content = json.dumps(results(EMOTION6))
    (folder / "evaluation" / "results.json").write_text(content, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("checks", "state", "text"),
    [
        ([check()], CLEAN, "clean"),
        ([check(exact=3, near=4), check(near=1)], LEAKING, "leaks: 8 copies"),
        ([check(groups_on_both_sides=2, groups="speaker")], LEAKING, "leaks: 0 copies"),
    ],
)
def test_badges(bundle: Path, checks: list[dict[str, Any]], state: str, text: str) -> None:
    spec = read_spec(bundle)
    assert leak_badge(spec).state == UNCHECKED
    write_finding(spec, LEAKS, leaks(checks))
    badge = leak_badge(spec)
    assert (badge.state, badge.text) == (state, text)
    assert ("2 speakers or other groups" in badge.why) == bool(checks[0]["groups"])


def test_a_finding_is_outdated_once_the_files_change(bundle: Path) -> None:
    spec = read_spec(bundle)
    path = write_finding(spec, LEAKS, leaks([check()]))
    content = read_finding(bundle, LEAKS)
    assert list(json.loads(path.read_text(encoding="utf-8"))) == sorted(content)
    assert not is_outdated(spec, content)
    (bundle / "vocabulary.json").write_text("[]", encoding="utf-8")
    update_manifest(bundle)
    assert is_outdated(read_spec(bundle), content)
    assert not is_outdated(spec, {})


def test_another_form_is_no_check_of_the_bundle(bundle: Path) -> None:
    write_finding(read_spec(bundle), LEAKS, {"exact_duplicates": 3, "verdict": "leaks"})
    assert leak_badge(read_spec(bundle)).state == UNCHECKED
    rewrite_card(bundle)
    assert "## Leaks" not in (bundle / "card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", ["", "[1]", "{"])
def test_what_cannot_be_read_is_no_finding(bundle: Path, content: str) -> None:
    (bundle / "evaluation" / LEAKS).write_text(content, encoding="utf-8")
    assert read_finding(bundle, LEAKS) == {}


def test_a_card_written_anew_keeps_what_was_found(bundle: Path) -> None:
    rewrite_card(bundle)
    bare = (bundle / "card.md").read_text(encoding="utf-8")
    assert "## Fairness" not in bare
    assert "## Leaks" not in bare
    spec = find(bundle)
    write_finding(spec, LEAKS, leaks([check(exact=3, near=4)]))
    write_finding(spec, LEAKAGE, worth())
    keep_finding(bundle, FAIRNESS, measure_fairness(bundle))
    card = (bundle / "card.md").read_text(encoding="utf-8")
    for _ in range(2):
        assert "**Leaks: 7 copies**" in card
        assert "| without exact copies | 97 | 0.700 [0.600, 0.800]" in card
        assert "+0.100 [+0.050, +0.150]" in card
        assert "## Fairness" in card
        assert "Moved by another sex: 0.000 [0.000, 0.000]" in card
        assert "some-encoder: nobody knows." in card
        rewrite_card(bundle)
        card = (bundle / "card.md").read_text(encoding="utf-8")
    find(bundle)  # checksums are still right
    assert bare.split("## Known failures")[1] == card.split("## Known failures")[1]
    assert read_finding(bundle, FAIRNESS)["parts"]


def test_what_cannot_be_measured_is_refused(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="leave --data and --slice out"):
        measure_fairness(bundle, ["somewhere"])
    (bundle / "evaluation" / "results.json").unlink()
    with pytest.raises(InvalidInput, match=r"has no results\.json"):
        rewrite_card(bundle)
