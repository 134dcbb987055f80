"""Settings from YAML and overrides."""

from pathlib import Path

import pytest

from emotion_core.errors import InvalidInput
from emotion_core.training.config import TextConfig, load_config


def test_file_then_overrides(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("epochs: 3\noptimiser:\n  learning_rate: 1e-4\n")
    config = load_config(TextConfig, path, ["head.dropout=0.1", "encoder.finetune=2"])
    assert (config.epochs, config.optimiser.learning_rate) == (3, 1e-4)
    assert (config.head.dropout, config.encoder.finetune) == (0.1, "2")


def test_unknown_setting_names_the_nearest() -> None:
    with pytest.raises(InvalidInput, match=r"'head\.dropot'|'dropot'.*'dropout'"):
        load_config(TextConfig, None, ["head.dropot=0.1"])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("epochs=many", "'epochs' expects int"),
        ("epochs=true", "'epochs' expects int"),
        ("head=3", "'head' holds several settings"),
        ("epochs", "expected key=value"),
        ("epochs.more=1", "expects int"),
        ("seed=-1", "'seed' expects a number from 0, got -1"),
        ("optimiser.learning_rate=.nan", "expects a number from 0, got nan"),
    ],
)
def test_wrong_values_are_refused(override: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        load_config(TextConfig, None, [override])


def test_a_file_that_is_not_yaml(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("a: [")
    with pytest.raises(InvalidInput, match="not a readable YAML"):
        load_config(TextConfig, path)


@pytest.mark.parametrize("path", sorted(Path("configs").glob("text-*.yaml")), ids=str)
def test_shipped_configurations_are_valid(path: Path) -> None:
    assert load_config(TextConfig, path).id == path.stem
