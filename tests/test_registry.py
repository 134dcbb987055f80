import json
import shutil

import pytest

from emotion_core import load
from emotion_core.errors import LabelMismatch, ModelUnavailable
from emotion_core.registry import (
    available,
    damaged,
    find,
    modality_of,
    model_folders,
    read_spec,
    sha256_of,
)
from tests.bundles import write_audio_bundle, write_naive_bayes_bundle


def change_manifest(folder, **entries):
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8")) | entries
    path.write_text(
        json.dumps({k: v for k, v in content.items() if v is not None}), encoding="utf-8"
    )


def test_a_sound_bundle(bundle):
    spec = find(bundle)
    assert spec.id == "text-fake"
    assert spec.folder == bundle
    assert spec.calibration.uncertain_below == 0.4
    assert spec.files["vocabulary.json"] == sha256_of(bundle / "vocabulary.json")


def test_own_folder_comes_first(own_models):
    write_naive_bayes_bundle(own_models / "text-mine")
    assert model_folders()[0] == own_models
    assert find("text-mine").folder == own_models / "text-mine"
    assert "text-mine" in {s.id for s in available()}


def test_own_folder_may_be_a_bundle(bundle, monkeypatch):
    monkeypatch.setenv("EMOTION_MODELS", str(bundle))
    assert find("text-fake").folder == bundle


def test_first_of_a_name_wins(tmp_path, monkeypatch):
    folders = [write_naive_bayes_bundle(tmp_path / side / "same") for side in "ab"]
    monkeypatch.setenv("EMOTION_MODELS", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    assert find("same").folder == folders[0]


def test_unknown_id_lists_what_there_is(own_models):
    write_naive_bayes_bundle(own_models / "text-mine")
    with pytest.raises(ModelUnavailable, match=r"no model 'text-yours'; there are: .*text-mine"):
        find("text-yours")


def test_no_model_at_all(own_models, monkeypatch):
    monkeypatch.setattr("emotion_core.registry.model_folders", lambda: [own_models])
    with pytest.raises(ModelUnavailable, match="there are: none"):
        find("text-emotion6")


def test_modality_by_id_and_by_folder(own_models):
    voice = write_audio_bundle(own_models / "voice")
    words = write_naive_bayes_bundle(own_models / "words")
    assert modality_of("voice") == modality_of(voice) == modality_of(str(voice)) == "audio"
    assert modality_of("words") == modality_of(words) == "text"


@pytest.mark.parametrize("name", ["nothing", "hub:owner/name", "", ".", "x" * 9999, "a\0b"])
def test_what_is_no_bundle_has_no_modality(name):
    assert modality_of(name) is None


def test_modality_of_a_bundle_that_cannot_be_read(own_models):
    change_manifest(write_audio_bundle(own_models / "voice"), modality="smell")
    with pytest.raises(ModelUnavailable, match="unknown modality 'smell'"):
        modality_of("voice")


def test_a_folder_without_manifest(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"has no manifest\.json"):
        read_spec(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[1", "\x00"])
def test_unreadable_manifest(bundle, text):
    (bundle / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        find(bundle)


def test_manifest_in_another_encoding(bundle):
    (bundle / "manifest.json").write_bytes(b'\xff\xfe{"id"')
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        find(bundle)


@pytest.mark.parametrize("text", ["[]", "3", "null"])
def test_manifest_that_is_no_object(bundle, text):
    (bundle / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="expected bundle format 1, got"):
        find(bundle)


@pytest.mark.parametrize("version", [2, "1", None])
def test_another_format(bundle, version):
    change_manifest(bundle, format=version)
    with pytest.raises(ModelUnavailable, match=f"expected bundle format 1, got {version}"):
        find(bundle)


def test_missing_entries_are_named(bundle):
    change_manifest(bundle, licence=None, labels=None)
    with pytest.raises(ModelUnavailable, match="lacks labels, licence"):
        find(bundle)


@pytest.mark.parametrize(
    "entries",
    [
        {"labels": 3},
        {"files": ["model.safetensors"]},
        {"calibration": {"temperature": "warm"}},
        {"calibration": {"thresholds": [None]}},
        {"calibration": [1]},
        {"seed": {}},
    ],
)
def test_values_of_the_wrong_type(bundle, entries):
    change_manifest(bundle, **entries)
    with pytest.raises(ModelUnavailable, match="wrong type"):
        find(bundle)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"modality": "smell"}, "unknown modality"),
        ({"labels": ["joy"]}, "two different labels"),
        ({"calibration": {"thresholds": [0.5]}}, "1 thresholds for 7 labels"),
        ({"calibration": {"temperature": -1}}, "temperature must be positive"),
    ],
)
def test_values_that_make_no_sense(bundle, entries, message):
    change_manifest(bundle, **entries)
    with pytest.raises(ModelUnavailable, match=message):
        find(bundle)


def test_damaged_weights(bundle):
    path = bundle / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors is damaged \(sha256"):
        find(bundle)


def test_missing_weights(bundle):
    (bundle / "model.safetensors").unlink()
    with pytest.raises(
        ModelUnavailable, match=r"model\.safetensors is missing; restore the folder"
    ):
        find(bundle)


def test_files_outside_the_bundle_are_not_read(bundle):
    (bundle.parent / "secret").write_text("x", encoding="utf-8")
    files = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["files"]
    files["../secret"] = sha256_of(bundle.parent / "secret")
    change_manifest(bundle, files=files)
    with pytest.raises(ModelUnavailable, match="lies outside the bundle"):
        find(bundle)


def test_other_labels_than_the_weights(bundle):
    change_manifest(bundle, labels=["joy", "fear"])
    with pytest.raises(LabelMismatch, match=r"expected log_likelihood \(2, 13\)"):
        load(bundle)


def test_weights_that_are_not_safetensors(bundle):
    (bundle / "model.safetensors").write_bytes(b"no weights at all")
    change_manifest(
        bundle,
        files={n: sha256_of(bundle / n) for n in ("model.safetensors", "vocabulary.json")},
    )
    with pytest.raises(ModelUnavailable, match="the weights cannot be read"):
        load(bundle)


def test_unknown_architecture(bundle):
    change_manifest(bundle, architecture={"kind": "oracle"})
    with pytest.raises(ModelUnavailable, match="unknown text architecture 'oracle'"):
        load(bundle)


def test_a_damaged_bundle_does_not_hide_the_others(own_models):
    write_naive_bayes_bundle(own_models / "good")
    bad = write_naive_bayes_bundle(own_models / "bad")
    change_manifest(bad, format=9)
    assert "good" in {s.id for s in available()}
    assert "bad" not in {s.id for s in available()}
    assert "expected bundle format 1, got 9" in damaged()["bad"]


def test_weights_without_a_checksum(bundle):
    change_manifest(bundle, files={})
    with pytest.raises(ModelUnavailable):
        load(bundle)


def test_found_by_id_in_a_folder_of_another_name(own_models):
    folder = write_naive_bayes_bundle(own_models / "text-mine")
    shutil.move(folder, own_models / "renamed")
    assert find("text-mine").folder == own_models / "renamed"


def test_labels_given_as_one_string(bundle):
    change_manifest(bundle, labels="joyful")
    with pytest.raises(ModelUnavailable):
        find(bundle)


def test_a_sentence_given_as_the_model():
    with pytest.raises(ModelUnavailable):
        load("I am so happy today " * 300)
