"""What is a hub model, and what is a bundle."""

from pathlib import Path

import pytest

from emotion_core.hub import hub_name
from tests.bundles import write_naive_bayes_bundle


def test_names_of_the_hub():
    assert hub_name("hub:owner/name") == "owner/name"
    assert hub_name("text-emotion6") is None
    assert hub_name("a sentence that is no path " * 50) is None


@pytest.mark.parametrize("kind", [str, Path])
def test_a_folder_in_the_hubs_format(tmp_path: Path, kind: type):
    (tmp_path / "config.json").write_text("{}")
    assert hub_name(kind(tmp_path)) == str(tmp_path)


def test_a_bundle_is_none_even_with_a_configuration(tmp_path: Path):
    folder = write_naive_bayes_bundle(tmp_path / "text-x")
    assert hub_name(folder) is None
    (folder / "config.json").write_text("{}")
    assert hub_name(folder) is None
