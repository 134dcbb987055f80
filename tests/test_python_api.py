"""`load(...).predict(...)` of every kind, and docs/python.md, block by block."""

import re
from pathlib import Path
from typing import Any, get_args, get_overloads

import pytest

import emotion_core
from benchmarks.voices import voice
from emotion_core import EmotionScores, InvalidInput, load
from emotion_core.face.analysis import FaceScores, VideoAnalysis
from emotion_core.fusion.evidence import Evidence, FusedScores
from emotion_core.loading import DEFAULTS
from emotion_core.recording.analysis import RecordingAnalysis
from emotion_core.recording.captions.reading import read_transcript
from emotion_core.registry import available
from tests.audio.sounds import wav_bytes
from tests.face.pictures import astronaut
from tests.recording.files import drawn_film

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "python.md"
WORDS = "1\n00:00:00,200 --> 00:00:01,500\nI am so happy today\n"


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one file of each kind, as the page names them."""
    folder = tmp_path_factory.mktemp("media")
    (folder / "call.wav").write_bytes(wav_bytes(voice(10.0)))
    (folder / "photo.png").write_bytes(astronaut())
    (folder / "film.mp4").write_bytes(drawn_film(2.0))
    (folder / "film.srt").write_text(WORDS, encoding="utf-8")
    (folder / "comments.csv").write_text("text\nso happy\nso sad\n", encoding="utf-8")
    return folder


def blocks() -> list[str]:
    page = PAGE.read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def test_every_block_of_the_page_runs(
    media: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(media)
    names: dict[str, Any] = {}
    for block in blocks():
        exec(compile(block, f"{PAGE.name}: {block.splitlines()[0]}", "exec"), names)
    assert len(blocks()) >= 13
    assert names["answer"].label == "joy"
    assert names["analysis"].timeline.spans_s.shape[1] == 2
    assert "there are: " in capsys.readouterr().out
    assert not (media / "answers").exists()


def test_the_reference_holds_what_the_page_imports():
    page = "\n".join(blocks())
    imported = set(re.findall(r"^from (emotion_core\S*) import", page, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    documented = makefile.split("DOCUMENTED :=")[1].split("\n\n")[0].replace("\\", " ").split()
    shapes = {FaceScores, VideoAnalysis, RecordingAnalysis, FusedScores, EmotionScores}
    assert len(imported) > 3
    assert imported | {shape.__module__ for shape in shapes} <= set(documented)


def answers_of(kind: str, media: Path) -> tuple[type, object]:
    """The type of the answers of a model, and an item for it."""
    film = media / "film.mp4"
    moment = {"text": Evidence(load("text-emotion6").predict("so happy"))}
    return {
        "text": (EmotionScores, "I am so happy today"),
        "audio": (EmotionScores, str(media / "call.wav")),
        "image": (FaceScores, media / "photo.png"),
        "face": (FaceScores, media / "photo.png"),
        "video": (VideoAnalysis, film.read_bytes()),
        "recording": (RecordingAnalysis, film),
        "fusion": (FusedScores, moment),
    }[kind]


@pytest.mark.parametrize("kind", DEFAULTS)
def test_one_item_gives_one_answer_and_a_list_gives_a_list(kind: str, media: Path):
    expected, item = answers_of(kind, media)
    model: Any = load("fusion-late") if kind == "fusion" else load(kind)
    if kind == "recording":
        assert set(model.specs) == {"text", "audio", "face", "fusion"}
    else:
        assert model.spec.modality == {"image": "face", "video": "face"}.get(kind, kind)
    assert isinstance(model.predict(item), expected)
    found = model.predict([item, item])
    assert isinstance(found, list)
    assert [type(answer) for answer in found] == [expected, expected]
    assert model.predict([]) == []
    assert len(model.labels) > 3


def test_a_transcript_belongs_to_one_recording(media: Path):
    words = read_transcript(media / "film.srt")
    recordings: Any = load("recording")
    with pytest.raises(InvalidInput, match="a transcript with one recording, got one with a list"):
        recordings.predict([media / "film.mp4"], words)


def test_a_kind_is_told_apart_from_an_id():
    assert load("face-cnn").spec.id == load("image").spec.id
    assert type(load("face-cnn", "video")) is type(load("video"))
    with pytest.raises(InvalidInput, match="answers audio, not faces"):
        load("audio-cnn-bigru", "face")


def test_shipped_models_are_typed_by_their_ids():
    """What type checkers are told about ids is what the bundles say."""
    told = {
        name: shape.__annotations__["return"]
        for shape in get_overloads(load)
        if shape.__annotations__["modality"] is None
        for name in get_args(shape.__annotations__["model"])
    }
    kinds = {"audio": "AudioModel", "face": "FaceModel", "fusion": "FusionPredictor"}
    shipped = [spec for spec in available() if spec.folder.parent == ROOT / "models"]
    assert {spec.modality for spec in shipped} == {*kinds, "text"}
    for spec in shipped:
        assert told.get(spec.id) == kinds.get(spec.modality), spec.id


@pytest.mark.parametrize("name", emotion_core.__all__)
def test_every_public_name_says_what_it_is(name: str):
    thing = getattr(emotion_core, name)
    if callable(thing):
        assert thing.__doc__
        assert not thing.__doc__.startswith(f"{name}("), "that is what dataclass made up"


def test_the_package_is_typed():
    assert (ROOT / "emotion_core" / "py.typed").is_file()
    assert "py.typed" in (ROOT / "pyproject.toml").read_text()
