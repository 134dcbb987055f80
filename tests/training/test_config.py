"""Settings from YAML and overrides."""

from pathlib import Path

import pytest

from emotion_core.errors import InvalidInput
from emotion_core.training.config import load_config
from emotion_core.training.text_config import TextConfig


def test_file_then_overrides(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("epochs: 3\noptimiser:\n  learning_rate: 1e-4\n")
    config = load_config(TextConfig, path, ["head.dropout=0.1", "encoder.finetune=2"])
    assert (config.epochs, config.optimiser.learning_rate) == (3, 1e-4)
    assert (config.head.dropout, config.encoder.finetune) == (0.1, "2")


def test_unknown_setting_names_the_nearest() -> None:
    with pytest.raises(InvalidInput, match=r"'head\.dropot'; the nearest .* 'head\.dropout'"):
        load_config(TextConfig, None, ["head.dropot=0.1"])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("epochs=many", "'epochs' expects a whole number from 1, got 'many'"),
        ("epochs=true", "'epochs' expects a whole number from 1, got True"),
        ("epochs=1.5", "'epochs' expects a whole number from 1, got 1.5"),
        ("head=3", "'head' holds several settings, got 3"),
        ("head={1: 2}", r"unknown setting 'head\.1'"),
        ("epochs", "expected key=value"),
        ("epochs.more=1", r"'epochs' is one setting, got epochs\.more"),
        ("seed=-1", "'seed' expects a whole number from 0 to 2147483647, got -1"),
        ("optimiser.learning_rate=.nan", "expects a number above 0, got nan"),
        ("optimiser.weight_decay=.inf", "expects a number from 0, got inf"),
        (f"optimiser.weight_decay={10**400}", "expects a number from 0, got inf"),
        ("multi_label=1", "'multi_label' expects true or false, got 1"),
        ("languages=no", "got False; put it in quotes"),
        ("head.pooling=[a", r"'head\.pooling' expects a value in YAML, got '\[a'"),
        ("id=2024-13-45", "'id' expects a value in YAML, got '2024-13-45'"),
        ("id=" + "[" * 5000, "'id' expects a value in YAML"),
        ("=3", "unknown setting ''; the nearest valid one is"),
        ("data=", "'data' expects text, got None; put it in quotes"),
    ],
)
def test_wrong_values_are_refused(override: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        load_config(TextConfig, None, [override])
    assert str(refused.value).startswith("--set ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"a: [", b"id: caf\xe9", b"\x00", b"id: 2024-13-45"])
def test_a_file_that_is_not_yaml(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="not a readable YAML") as refused:
        load_config(TextConfig, path)
    assert "\n" not in str(refused.value)


def test_a_wrong_value_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("head:\n  pooling: maen\n")
    with pytest.raises(InvalidInput, match=r"c\.yaml: 'head\.pooling' expects .* mean 'mean'\?"):
        load_config(TextConfig, path)
