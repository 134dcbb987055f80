"""Sounds, pictures, videos and recordings as forms."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.models import ModelStore
from api.settings import Settings
from emotion_core import load
from emotion_core.labels import EKMAN7, IEMOCAP4
from tests.api.clients import client_of, ended, is_problem
from tests.face.pictures import astronaut, encoded
from tests.recording.files import drawn_film, spoken_wav

ROUTES = ("audio", "image", "video", "recording")
SRT = b"1\n00:00:00,500 --> 00:00:02,000\nI am so happy to see you!\n"


@pytest.fixture(scope="module")
def film() -> bytes:
    return drawn_film(seconds=4)


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_a_voice(client: TestClient, prefix: str):
    sound = spoken_wav()
    found = client.post(f"{prefix}/predict/audio", files={"file": ("ä/../x.wav", sound)}).json()
    own = load("audio-cnn-bigru", "audio").predict(sound)
    assert found["answer"]["label"] == own.label
    assert found["answer"]["probability"] == pytest.approx(own.probability, abs=1e-5)
    assert found["timeline"] is None


def test_a_voice_along_time_in_other_labels(client: TestClient):
    fields = {"timeline": "true", "labels": "IEMOCAP4", "window": "2", "hop": "0.5"}
    found = client.post("/api/predict/audio", files={"file": spoken_wav()}, data=fields).json()
    assert found["labels"] == list(IEMOCAP4)
    assert found["duration_s"] == pytest.approx(5, abs=0.1)
    assert len(found["timeline"]) > 3
    for segment in found["timeline"]:
        assert sum(segment["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert 0 <= segment["start_s"] < segment["end_s"]


def test_silence_has_no_answer(client: TestClient):
    silence = spoken_wav(np.zeros(32_000, np.float32))
    response = client.post("/api/predict/audio", files={"file": silence})
    assert "no speech" in is_problem(response, 422, "invalid-input")["detail"]
    fields = {"timeline": "true"}
    found = client.post("/api/predict/audio", files={"file": silence}, data=fields).json()
    assert found["answer"] is None
    assert found["timeline"] == []
    assert any("no speech" in notice for notice in found["notices"])


def test_a_long_sound_becomes_a_job(store: ModelStore):
    with client_of(create_app(Settings(audio_at_once_s=2.0), store)) as client:
        response = client.post("/predict/audio", files={"file": spoken_wav()})
        assert response.status_code == 202
        assert response.headers["location"].startswith("/jobs/")
        job = ended(client, response.headers["location"])
        assert (job["state"], job["progress"], job["kind"]) == ("done", 1.0, "audio")
        assert job["result"]["timeline"]
        assert client.get("/api/metrics").text.count('emotion_jobs{state="done"} 1.0') == 1
        assert "emotion_held_bytes 0.0" in client.get("/metrics").text


def test_faces_have_boxes(client: TestClient):
    found = client.post("/api/predict/image", files={"file": astronaut()}).json()
    assert len(found["faces"]) == 1
    face = found["faces"][0]
    left, top, right, bottom = face["box_xyxy"]
    assert 0 < left < right < found["width"]
    assert 0 < top < bottom < found["height"]
    assert face["probability"] == max(face["probabilities"].values())
    assert (face["person"], 0 < face["confidence"] <= 1) == (1, True)


def test_a_picture_without_a_face_is_no_error(client: TestClient):
    grey = encoded(np.full((100, 100, 3), 127, np.uint8))
    found = client.post("/api/predict/image", files={"file": grey}).json()
    assert found["faces"] == []
    fields = {"aligned": "true", "labels": "EKMAN7"}
    found = client.post("/api/predict/image", files={"file": grey}, data=fields).json()
    assert tuple(found["faces"][0]["probabilities"]) == EKMAN7


def test_a_video_is_a_job(client: TestClient, film: bytes):
    response = client.post("/api/predict/video", files={"file": film}, data={"fps": "4"})
    assert response.status_code == 202
    assert response.json()["state"] in ("waiting", "running", "done")
    assert response.headers["retry-after"]
    job = ended(client, response.headers["location"])
    assert job["state"] == "done", job
    found = job["result"]
    assert found["fps"] == 4
    assert found["persons"][0]["timeline"]
    assert found["persons"][0]["seen_s"] > 1


def test_a_recording_is_a_job(client: TestClient, film: bytes):
    files = {"file": film, "transcript": ("words.srt", SRT)}
    response = client.post("/api/predict/recording", files=files)
    job = ended(client, response.headers["location"])
    assert job["state"] == "done", job
    assert set(job["stages"]) >= {"voice", "faces"}
    summary, fused = job["result"]["summary"], job["result"]["fused"]
    assert summary["labels"] == list(EKMAN7)
    assert summary["transcript"]
    assert summary["persons"]
    assert len(fused) > 1
    assert any(segment["contributions"]["words"] > 0 for segment in fused)
    for segment in fused:
        assert sum(segment["contributions"].values()) == pytest.approx(1, abs=1e-4)


def test_a_transcript_may_be_a_field(client: TestClient):
    fields = {"transcript": "I am so happy to see you!", "labels": "IEMOCAP4"}
    response = client.post("/api/predict/recording", files={"file": spoken_wav()}, data=fields)
    job = ended(client, response.headers["location"])
    assert job["state"] == "done", job
    assert job["result"]["summary"]["labels"] == list(IEMOCAP4)
    assert "faces" in job["result"]["summary"]["failures"]


@pytest.mark.parametrize("route", ROUTES)
def test_forms_that_are_refused(client: TestClient, route: str):
    address = f"/api/predict/{route}"
    is_problem(client.post(address), 415, "wrong-content-type")
    is_problem(client.post(address, json={"file": "a"}), 415, "wrong-content-type")
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    is_problem(client.post(address, content=b"", headers=form), 422, "invalid-request")
    is_problem(client.post(address, content=b"no form", headers=form), 400, "malformed")
    bare = {"Content-Type": "multipart/form-data"}
    is_problem(client.post(address, content=b"--x", headers=bare), 400, "malformed")
    cut = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF'
    is_problem(client.post(address, content=cut, headers=form), 422, "invalid-request")
    empty = client.post(address, files={"file": b""})
    assert "0 bytes" in is_problem(empty, 422, "invalid-input")["detail"]
    is_problem(client.post(address, files={"other": b"a"}), 422, "invalid-request")
    is_problem(client.post(address, data={"file": "a"}), 415, "wrong-content-type")
    twice = [("file", b"a"), ("file", b"b")]
    is_problem(client.post(address, files=twice), 422, "invalid-request")
    many = [("file", b"a")] * 3
    is_problem(client.post(address, files=many), 400, "malformed")
    more = client.post(address, files={"file": b"a"}, data={"labels": "NONE"})
    is_problem(more, 422, "unknown-labels")
    is_problem(
        client.post(address, files={"file": b"a"}, data={"more": "1"}), 422, "invalid-request"
    )


@pytest.mark.parametrize("route", ["audio", "image"])
@pytest.mark.parametrize("content", [b"no such file", b"RIFF\0\0\0\0WAVE", b"\xff\xd8\xff" * 9])
def test_damaged_files_are_refused(client: TestClient, route: str, content: bytes):
    response = client.post(f"/api/predict/{route}", files={"file": content})
    is_problem(response, 422, "invalid-input")


@pytest.mark.parametrize("route", ["video", "recording"])
def test_damaged_films_are_jobs_that_fail(client: TestClient, film: bytes, route: str):
    response = client.post(f"/api/predict/{route}", files={"file": film[:500]})
    job = ended(client, response.headers["location"])
    assert (job["state"], job["result"]) == ("failed", None)
    assert job["problem"]["status"] == 422


@pytest.mark.parametrize(
    ("route", "fields"),
    [
        ("audio", {"window": "-1"}),
        ("audio", {"hop": "nan"}),
        ("audio", {"timeline": "perhaps"}),
        ("video", {"fps": "1e9"}),
        ("recording", {"fps": "0"}),
    ],
)
def test_settings_out_of_range(client: TestClient, route: str, fields: dict[str, str]):
    response = client.post(f"/api/predict/{route}", files={"file": b"a"}, data=fields)
    problem = is_problem(response, 422, "invalid-request")
    assert problem["errors"][0]["field"] == next(iter(fields))


def test_a_hop_beyond_its_window(client: TestClient):
    fields = {"window": "1", "hop": "9"}
    response = client.post("/api/predict/audio", files={"file": spoken_wav()}, data=fields)
    is_problem(response, 422, "invalid-input")


def test_a_transcript_that_cannot_be_read(client: TestClient):
    files = {"file": spoken_wav(), "transcript": ("a.srt", b"\0\0\0")}
    is_problem(client.post("/api/predict/recording", files=files), 422, "invalid-input")


def test_large_files_are_refused_and_nothing_stays_on_a_disk(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def never(*_: object, **__: object) -> None:
        pytest.fail("a temporary file was made")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tempfile, "TemporaryFile", never)
    large = spoken_wav(np.tile(np.sin(np.arange(16_000) / 9).astype(np.float32), 60))
    limits = Settings(audio_bytes=2**21, image_bytes=2**10)
    with client_of(create_app(limits, store)) as client:
        assert 2**20 < len(large) < 2**21
        assert client.post("/predict/audio", files={"file": large}).status_code in (200, 202, 422)
        is_problem(client.post("/predict/image", files={"file": large}), 413, "too-large")
        is_problem(client.post("/predict/audio", files={"file": large * 2}), 413, "too-large")
    assert list(tmp_path.iterdir()) == []


def test_all_uploads_together_have_a_budget(store: ModelStore):
    with client_of(create_app(Settings(held_bytes=1000), store)) as client:
        response = client.post("/predict/audio", files={"file": spoken_wav()})
        is_problem(response, 503, "overloaded")
        assert int(response.headers["retry-after"]) > 0
