import re
import tracemalloc
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import soxr

from emotion_core.audio import decode, track
from emotion_core.audio.decode import SAMPLE_RATE, AudioStream, read_audio
from emotion_core.errors import InvalidInput
from emotion_core.types import Waveform
from tests.audio.sounds import RATE, clips, noise, time_s, tone, wav_bytes, write_sound

KINDS = {  # name: codec, its rate, whether there is a video beside it
    "a b.wav": ("pcm_s16le", 16_000, False),
    "größe 声.flac": ("flac", 44_100, False),
    "a.mp3": ("libmp3lame", 44_100, False),
    "😀.ogg": ("libopus", 48_000, False),
    "a.opus": ("libopus", 48_000, False),
    "a.m4a": ("aac", 44_100, False),
    "a.aac": ("aac", 16_000, False),
    "a.aiff": ("pcm_s16be", 22_050, False),
    "a.webm": ("libopus", 48_000, False),
    "v.mp4": ("aac", 48_000, True),
    "v.mov": ("aac", 16_000, True),
    "v.mkv": ("libopus", 48_000, True),
    "v.avi": ("libmp3lame", 44_100, True),
    "v.mpg": ("mp2", 48_000, True),
}
CAN_BE_CUT = [n for n in KINDS if n not in ("a.m4a", "v.mp4", "v.mov", "v.mpg")]


def chirps(rate: int, duration_s: float = 3.0) -> np.ndarray:
    """A sound whose every moment differs from the others."""
    t = time_s(duration_s, rate)
    return (0.4 * np.sin(2 * np.pi * (150 + 225 * t) * t)).astype(np.float32)


def make(folder: Path, name: str, samples_of=chirps, **settings) -> Path:
    codec, rate, video = KINDS[name]
    return write_sound(folder / name, codec, samples_of(rate), rate, video=video, **settings)


def likeness(found: np.ndarray, expected: np.ndarray, latest: int = 2500) -> float:
    """The correlation of two sounds at the delay, up to `latest` samples, that suits them best."""
    expected = expected[: min(len(found), len(expected)) - latest]
    found = found[: len(expected) + latest]
    energy = np.correlate(found**2, np.ones(len(expected), np.float32), "valid")
    return float(np.max(np.correlate(found, expected, "valid") / np.sqrt(energy))) / float(
        np.linalg.norm(expected)
    )


def changed(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + len(new) :]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_file(tmp_path, name, capfd):
    path = make(tmp_path, name)
    waveform, notices = read_audio(path)
    assert notices == ()
    assert waveform.sample_rate == SAMPLE_RATE
    assert waveform.samples.shape[0] == 1
    assert waveform.samples.dtype == np.float32
    assert waveform.duration_s == pytest.approx(3, abs=0.15)
    assert likeness(waveform.mono(), chirps(SAMPLE_RATE)) > 0.99
    assert np.array_equal(read_audio(str(path))[0].samples, waveform.samples)
    assert np.array_equal(read_audio(path.read_bytes())[0].samples, waveform.samples)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "ending"), [("a.mp3", ".wav"), ("a b.wav", ".mp3"), ("v.mp4", "")]
)
def test_the_content_counts_and_not_the_ending(tmp_path, name, ending):
    path = make(tmp_path, name)
    expected = read_audio(path)[0].samples
    assert np.array_equal(read_audio(path.rename(tmp_path / f"other{ending}"))[0].samples, expected)


@pytest.mark.parametrize(
    "subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]
)
@pytest.mark.parametrize(
    ("rate", "channels"), [(16_000, 1), (16_000, 2), (8_000, 1), (44_100, 2), (192_000, 8)]
)
def test_every_kind_of_wav(tmp_path, subtype, rate, channels):
    path = tmp_path / "a.wav"
    sound = np.stack([noise(0.5, seed=i, rate=rate) for i in range(channels)], axis=1)
    soundfile.write(path, sound, rate, subtype)
    expected = soundfile.read(path, always_2d=True)[0].mean(1)
    found, notices = read_audio(path)
    assert notices == ()
    np.testing.assert_allclose(found.mono(), soxr.resample(expected, rate, 16_000), atol=2e-6)


@pytest.mark.parametrize(("width", "middle", "full_scale"), [(1, 128, 2**7), (2, 0, 2**15)])
def test_samples_are_counted_from_the_middle_to_full_scale(tmp_path, width, middle, full_scale):
    numbers = np.random.default_rng(0).integers(-full_scale // 2, full_scale // 2, 8000)
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, width, 16_000, 0, "NONE", ""))
        file.writeframes((numbers + middle).astype(f"<{'u' if middle else 'i'}{width}").tobytes())
    with AudioStream(tmp_path / "a.wav") as stream:
        expected = (numbers / full_scale).astype(np.float32)
        assert np.array_equal(np.concatenate(list(stream)), expected)


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_blocks_are_the_whole_in_parts(rate):
    whole = Waveform(noise(2.6, rate=rate), rate)
    with AudioStream(whole, block_s=0.5) as stream:
        blocks = list(stream)
    assert [len(block) for block in blocks] == [8000] * 5 + [1600]
    assert stream.decoded_s == 2.6
    assert np.array_equal(np.concatenate(blocks), read_audio(whole)[0].mono())


def test_a_waveform_is_averaged_and_resampled():
    sound = np.stack([noise(1, seed=i, rate=48_000) for i in range(2)])
    expected = soxr.resample(sound.mean(0), 48_000, 16_000)
    np.testing.assert_allclose(read_audio(Waveform(sound, 48_000))[0].mono(), expected, atol=1e-6)


def test_decoded_as_asked_for(tmp_path):
    path = write_sound(tmp_path / "a.flac", "flac", noise(60))
    with AudioStream(path, block_s=5) as stream:
        assert stream.decoded_s == 0
        assert stream.expected_s == 60
        assert len(next(stream)) == 5 * SAMPLE_RATE
        assert stream.decoded_s == 5
        assert vars(stream._track)["_decoded_s"] < 7


@pytest.mark.parametrize("claimed_s", [300, 36_000])
def test_memory_does_not_grow_with_the_length(tmp_path, claimed_s):
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(np.tile(noise(10), 30)))
    if claimed_s > 300:
        size = (claimed_s * 2 * RATE).to_bytes(4, "little")
        path.write_bytes(changed(changed(path.read_bytes(), 40, size), 4, size))
    with AudioStream(path, block_s=5) as stream:
        assert stream.expected_s == pytest.approx(claimed_s)
        tracemalloc.start()
        length = sum(map(len, stream))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert length == 300 * SAMPLE_RATE
    assert peak < 4e6
    broken = ("the sound breaks off at 300.0 s, where 36,000.0 s were expected",)
    assert stream.notices == (broken if claimed_s > 300 else ())


@pytest.mark.parametrize("name", CAN_BE_CUT)
def test_what_came_before_a_break_is_kept_and_the_break_named(tmp_path, name, capfd):
    content = make(tmp_path, name).read_bytes()
    with AudioStream(content[: len(content) * 6 // 10]) as stream:
        found = np.concatenate(list(stream))
    assert 0.6 < stream.decoded_s < 2.4
    assert f"the sound breaks off at {stream.decoded_s:.1f} s" in "".join(stream.notices)
    assert likeness(found, chirps(SAMPLE_RATE)) > 0.99
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["a.m4a", "v.mp4", "v.mov"])
def test_a_file_cut_off_before_its_index_says_so(tmp_path, name):
    content = make(tmp_path, name).read_bytes()
    with pytest.raises(InvalidInput, match="cut off before its index was written"):
        read_audio(content[: len(content) // 2])


def test_an_index_at_the_front_survives_a_break(tmp_path):
    content = make(tmp_path, "a.m4a", options={"movflags": "faststart"}).read_bytes()
    waveform, notices = read_audio(content[: len(content) // 2])
    assert waveform.duration_s > 1
    assert notices == (
        f"the sound breaks off at {waveform.duration_s:.1f} s, where 3.0 s were expected",
    )


@pytest.mark.parametrize("name", ["größe 声.flac", "😀.ogg"])
def test_what_is_missing_becomes_silence(tmp_path, name):
    content = make(tmp_path, name).read_bytes()
    waveform, notices = read_audio(changed(content, len(content) // 2, bytes(2000)))
    (notice,) = notices
    assert re.fullmatch(r"\d\.\d s of sound are missing from 1\.\d s on and became silence", notice)
    end = slice(round(2.6 * RATE), round(2.9 * RATE))
    np.testing.assert_allclose(waveform.mono()[end], chirps(RATE)[end], atol=0.02)


def test_packets_that_cannot_be_decoded_are_left_out(tmp_path):
    content = make(tmp_path, "a.mp3").read_bytes()
    waveform, notices = read_audio(changed(content, len(content) // 2, bytes(2000)))
    assert 2 < waveform.duration_s < 3
    assert notices[0].startswith("packets that could not be decoded and were left out: ")
    assert notices[0].endswith("the first at 1.5 s")


@pytest.mark.parametrize(
    ("samples", "said"),
    [(16_000, "goes on until 3.0 s, where 1.0 s were expected"), (160_000, "breaks off at 3.0 s")],
)
def test_a_header_that_is_wrong_about_the_length(tmp_path, samples, said):
    path = write_sound(tmp_path / "a.flac", "flac", chirps(RATE))
    lying = changed(path.read_bytes(), 22, samples.to_bytes(4, "big"))
    waveform, notices = read_audio(lying)
    assert waveform.duration_s == 3
    assert said in notices[0]


def test_a_wav_that_was_written_into_a_pipe_has_no_length():
    content = wav_bytes(chirps(RATE))
    streamed = changed(changed(content, 40, b"\xff" * 4), 4, b"\xff" * 4)
    waveform, notices = read_audio(streamed)
    assert notices == ()
    assert waveform.duration_s == pytest.approx(3, abs=0.001)


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv"])
def test_a_track_that_starts_late_begins_with_silence(tmp_path, name, monkeypatch):
    path = make(tmp_path, name, late_s=1.0)
    waveform, notices = read_audio(path)
    assert notices == ()
    assert waveform.duration_s == pytest.approx(4, abs=0.1)
    assert np.abs(waveform.mono()[: round(0.9 * RATE)]).max() < 0.01
    assert np.abs(waveform.mono()[round(1.1 * RATE) :]).max() > 0.3
    monkeypatch.setattr(track, "LONGEST_GAP_S", 0.5)  # as if its time were damaged
    assert read_audio(path)[0].duration_s == pytest.approx(3, abs=0.1)


def test_several_tracks(tmp_path):
    frame = av.AudioFrame.from_ndarray(np.zeros((1, RATE), np.int16), "s16", "mono")
    frame.sample_rate, frame.pts = RATE, 0
    with av.open(str(tmp_path / "a.mka"), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=RATE, layout="mono") for _ in range(2)]
        for stream in streams:
            container.mux(stream.encode(frame))
    assert (
        read_audio(tmp_path / "a.mka")[1][0] == "the file has 2 audio tracks; one of them was read"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty .0 bytes.; choose a file with sound"),
        (b"RIFF\x00\x10\x00\x00WAVE" + noise(0.5).tobytes(), "expected a recording"),
        (noise(2).tobytes(), "expected a recording"),
        (b"not a sound " * 999, "expected a recording"),
        (b"\x89PNG\r\n\x1a\n" + bytes(999), "expected a recording"),
        (wav_bytes(tone(200, 0.29)), "expected 0.3 s of sound or more, got 0.29 s"),
        (wav_bytes(tone(200, 1))[:44], "expected 0.3 s of sound or more, got 0.00 s"),
        (changed(wav_bytes(tone(200, 1)), 24, b"\x01\x00\x00\x00"), "rate of 1,000 to 768,000 Hz"),
        (changed(wav_bytes(tone(200, 1)), 20, b"\x99\x99"), "expected a known audio codec"),
        (b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.wav\n#EXT-X-ENDLIST\n", "expected a rec"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "expected a recording"),
    ],
)
def test_what_is_no_recording(tmp_path, content, message, capfd):
    path = tmp_path / "a recording.wav"
    path.write_bytes(content)
    for source, name in ((path, path.name), (content, "the recording")):
        with pytest.raises(InvalidInput, match=f"{name}.*{message}"):
            read_audio(source)
    assert capfd.readouterr() == ("", "")


def test_a_video_without_sound(tmp_path):
    path = write_sound(tmp_path / "v.mp4", None, tone(200, 1), video=True)
    with pytest.raises(
        InvalidInput, match=r"v\.mp4: expected sound, got a file without an audio tr"
    ):
        read_audio(path)


@pytest.mark.parametrize(
    "path", ["", "missing.wav", ".", "\0", "x" * 9999, "http://127.0.0.1:9/a.wav", "pipe:0"]
)
def test_what_is_no_file(path):
    with pytest.raises(InvalidInput, match="expected a file, got a folder or nothing; check"):
        read_audio(path)


def test_what_is_no_source():
    with pytest.raises(InvalidInput, match="expected a path, bytes or a Waveform, got int"):
        AudioStream(3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput, match="rate of 1,000 to 768,000 Hz, got 3"):
        AudioStream(Waveform(noise(1), 3))


def test_an_upload_has_the_name_that_it_is_given():
    with pytest.raises(InvalidInput, match=r"her voice\.wav is empty"):
        AudioStream(b"", name="her voice.wav")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_samples_that_are_no_numbers_become_silence(value):
    sound = tone(200, 1).astype(np.float64)
    sound[100:103] = value
    waveform, notices = read_audio(wav_bytes(sound, subtype="DOUBLE"))
    assert notices == ("3 samples were no numbers (NaN, Inf) and became silence",)
    expected = np.where(np.isin(np.arange(RATE), (100, 101, 102)), 0, sound)
    np.testing.assert_allclose(waveform.mono(), expected, atol=1e-6)


def test_samples_beyond_full_scale_are_cut():
    waveform, notices = read_audio(wav_bytes(3 * tone(200, 1), subtype="FLOAT"))
    assert np.array_equal(waveform.mono(), np.clip(3 * tone(200, 1), -1, 1))
    assert "samples were cut to full scale; the loudest was 1.50 times as loud" in notices[0]


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (np.clip(3 * tone(200, 1), -1, 1), "of the samples are clipped"),
        (tone(200, 1) + 0.25, "a constant offset of 0.25 was taken out"),
        (tone(200, 1, level=0.0009), "the recording is silent: no sample reaches -60 dB"),
        (np.zeros(RATE, np.float32), "the recording is silent: no sample reaches -60 dB"),
    ],
)
def test_what_is_said_of_the_sound(sound, said):
    _, notices = read_audio(wav_bytes(sound))
    assert len(notices) == 1
    assert said in notices[0]


@pytest.mark.parametrize("rate", [8_000, 48_000])
def test_a_loud_tone_is_not_clipped(rate):
    assert read_audio(wav_bytes(tone(150, 1, rate, level=1.0), rate))[1] == ()


def test_an_offset_is_taken_out_of_every_block():
    with AudioStream(Waveform(tone(200, 3) - 0.2, RATE), block_s=1) as stream:
        blocks = list(stream)
    assert max(abs(float(block.mean())) for block in blocks) < 1e-4


def test_what_comes_after_two_hours_is_left_out(monkeypatch):
    monkeypatch.setattr(decode, "LONGEST_S", 7.2)
    sound = noise(10, rate=8_000)
    with AudioStream(Waveform(sound, 8_000), block_s=2) as stream:
        assert sum(map(len, stream)) == round(7.2 * SAMPLE_RATE)
    assert stream.notices == ("only the first 0 hours were read",)
    monkeypatch.setattr(decode, "LONGEST_S", 10)
    assert read_audio(Waveform(sound, 8_000))[1] == ()


def test_broken_files_leave_nothing_open_and_nothing_behind(tmp_path):
    path = make(tmp_path, "a.mp3")
    (tmp_path / "broken.mp3").write_bytes(b"ID3" + path.read_bytes()[3:200])
    with pytest.raises(InvalidInput):
        read_audio(tmp_path / "broken.mp3")
    with AudioStream(path) as stream:
        next(stream)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp3", "broken.mp3"]


def test_many_at_once(tmp_path):
    paths = [make(tmp_path, name) for name in ("a.mp3", "v.mp4", "😀.ogg")] * 2
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda path: read_audio(path)[0].samples, paths))
    for found, path in zip(together, paths, strict=True):
        assert np.array_equal(found, read_audio(path)[0].samples)


@pytest.mark.data
def test_real_clips_as_another_decoder_hears_them():
    for path in clips(10):
        expected, rate = soundfile.read(path, dtype="float32")
        found, notices = read_audio(path)
        assert rate == RATE
        assert notices == ()
        assert abs(len(found.mono()) - len(expected)) <= 160
        assert likeness(found.mono(), expected, 200) > 0.999
