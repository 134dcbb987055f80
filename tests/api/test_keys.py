"""Keys at rest, and how fast they may be used."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.keys import SCOPES, KeyRing, TokenBucket, digest, new_key, read_keys, write_keys
from api.new_key import app
from emotion_core.errors import InvalidInput


def test_a_file_holds_hashes_alone_and_is_the_owners(tmp_path: Path):
    path = tmp_path / "keys.json"
    secret, stored = new_key("phone", frozenset({"text"}))
    write_keys(path, [stored])
    assert secret not in path.read_text()
    assert digest(secret) in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keys(path) == [stored]
    assert list(tmp_path.iterdir()) == [path]


def test_secrets_are_long_and_differ():
    secrets = {new_key("a", frozenset())[0] for _ in range(50)}
    assert len(secrets) == 50
    assert min(map(len, secrets)) >= 43


def test_a_ring_knows_its_own_keys_alone():
    secret, stored = new_key("a", frozenset({"text"}))
    ring = KeyRing([stored])
    assert ring.find(secret) == stored
    for wrong in ("", secret[:-1], secret + "x", digest(secret), "\ud800", "ключ"):
        assert ring.find(wrong) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"keys": [{}]}',
        '{"keys": [{"id": "a", "sha256": "short", "scopes": []}]}',
        '{"keys": [{"id": "a", "sha256": "' + "0" * 64 + '", "scopes": ["all"]}]}',
        '{"keys": [{"id": "a b", "sha256": "' + "0" * 64 + '", "scopes": []}]}',
        '{"keys": [{"id": "a", "sha256": "' + "0" * 64 + '", "scopes": [], "per_minute": 0}]}',
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str):
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=r"keys\.json: expected"):
        read_keys(path)


def test_two_keys_with_one_id_are_refused(tmp_path: Path):
    path = tmp_path / "keys.json"
    write_keys(path, [new_key("a", frozenset())[1], new_key("a", frozenset())[1]])
    with pytest.raises(InvalidInput, match="same id"):
        read_keys(path)


@given(st.floats(1, 1e4), st.integers(1, 50), st.lists(st.floats(0, 30), min_size=1, max_size=100))
def test_a_bucket_gives_no_more_than_its_rate(rate: float, burst: int, pauses: list[float]):
    now = [0.0]
    bucket = TokenBucket(rate, burst, lambda: now[0])
    given = 0
    for pause in pauses:
        now[0] += pause
        given += bucket.take() == 0
    assert given <= burst + now[0] * rate / 60 + 1e-6
    now[0] += bucket.take() + 1e-6
    assert given + 1 <= len(pauses) + 1


def test_a_bucket_tells_when_to_come_again():
    now = [0.0]
    bucket = TokenBucket(60, 2, lambda: now[0])
    assert [bucket.take() for _ in range(3)] == [0, 0, 1]
    now[0] = 0.5
    assert bucket.take() == pytest.approx(0.5)
    now[0] = 1.0
    assert bucket.take() == 0


def test_the_command_makes_a_key_and_adds_another(tmp_path: Path):
    path = tmp_path / "keys.json"
    made = CliRunner().invoke(app, ["a", "--file", str(path), "--scope", "text", "--burst", "3"])
    assert made.exit_code == 0
    CliRunner().invoke(app, ["b", "--file", str(path)])
    first, second = read_keys(path)
    assert (first.scopes, first.burst) == ({"text"}, 3)
    assert second.scopes == set(SCOPES)
    assert digest(made.stdout.strip()) == first.sha256


@pytest.mark.parametrize("arguments", [["a"], ["a b"], ["b", "--scope", "everything"]])
def test_the_command_refuses(tmp_path: Path, arguments: list[str]):
    path = tmp_path / "keys.json"
    write_keys(path, [new_key("a", frozenset())[1]])
    before = json.loads(path.read_text())
    assert CliRunner().invoke(app, [*arguments, "--file", str(path)]).exit_code == 2
    assert json.loads(path.read_text()) == before
