"""Pictures that are large, damaged, or no pictures at all."""

import io
import struct
import subprocess
import sys
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image

from emotion_core.errors import InvalidInput
from emotion_core.face import image as photos
from emotion_core.face.image import read_image
from tests.face.films import numbered
from tests.face.pictures import FORMATS, PERSON, astronaut, encoded, never_decoded, turned

PEAK = """
import resource, sys
from emotion_core.face.image import read_image
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
frame, notices, _ = read_image(sys.argv[1])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(frame.shape, frame[0, 0], frame[-1, -1], (after - before) // 1024, *notices, sep="|")
"""


@pytest.mark.parametrize(
    ("size_wh", "longest_px", "shape"),
    [
        ((640, 480), 320, (240, 320)),
        ((480, 640), 320, (320, 240)),
        ((641, 480), 640, (479, 640)),
        ((640, 480), 640, (480, 640)),
        ((5000, 2), 100, (1, 100)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_longer_side_is_cut(kind, size_wh, longest_px, shape):
    frame = read_image(encoded(np.full((*size_wh[::-1], 3), 90, np.uint8), kind), longest_px).frame
    assert frame.shape == (*shape, 3)
    assert np.abs(frame.astype(int) - 90).max() <= 1


@pytest.mark.parametrize(("orientation", "size_wh"), [(1, (90, 60)), (3, (90, 60)), (6, (60, 90))])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_size_before_shrinking_is_that_of_the_upright_picture(kind, orientation, size_wh):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    Image.new("RGB", (90, 60)).save(file, kind, exif=exif)
    assert read_image(file.getvalue(), longest_px=30).size_wh == size_wh
    assert read_image(file.getvalue()).size_wh == size_wh


def test_shrinking_takes_the_mean_of_an_area():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (80, 120, 3), dtype=np.uint8)
    expected = picture.reshape(20, 4, 30, 4, 3).mean((1, 3))
    frame = read_image(encoded(picture), longest_px=30).frame
    assert np.abs(frame - expected).max() <= 1
    assert np.array_equal(read_image(picture, longest_px=30).frame, frame)


def test_only_a_strong_shrinking_is_named():
    picture = np.zeros((50, 100, 3), np.uint8)
    assert read_image(picture, longest_px=50).notices == ()
    assert read_image(encoded(picture), longest_px=49).notices == (
        "the picture was shrunk from 100 x 50 px by 2.0; small faces may be lost",
    )


def test_a_photo_of_100_megapixels_is_decoded_reduced(tmp_path):
    picture = Image.new("L", (12_500, 8_000), 90)
    picture.paste(200, (0, 0, 6_000, 4_000))
    picture.save(tmp_path / "a.jpg")
    command = [sys.executable, "-c", PEAK, str(tmp_path / "a.jpg")]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    shape, first, last, megabytes, notice = found.strip().split("|")
    assert (shape, first, last) == ("(2621, 4096, 3)", "[200 200 200]", "[90 90 90]")
    assert int(megabytes) < 300
    assert notice == (
        "the picture was shrunk from 12,500 x 8,000 px by 3.1; small faces may be lost"
    )


@pytest.mark.parametrize("kind", [k for k in FORMATS if k != "JPEG"])
def test_what_is_too_large_is_refused_by_its_header(kind, monkeypatch):
    content = encoded(numbered(0), kind)
    monkeypatch.setattr(photos, "MOST_PIXELS", 160 * 120)
    read_image(content)
    monkeypatch.setattr(photos, "MOST_PIXELS", 160 * 120 - 1)
    never_decoded(monkeypatch)
    with pytest.raises(InvalidInput, match=r"megapixels at most .*, got 160 x 120 px; make it sm"):
        read_image(content, longest_px=8)


@pytest.mark.parametrize(
    ("progressive", "limit"), [(True, "MOST_PIXELS"), (False, "MOST_JPEG_PIXELS")]
)
def test_a_jpeg_that_is_too_large(progressive, limit, monkeypatch):
    content = encoded(numbered(0), "JPEG", progressive=progressive)
    monkeypatch.setattr(photos, limit, 160 * 120)
    assert read_image(content, longest_px=20).frame.shape == (15, 20, 3)
    monkeypatch.setattr(photos, limit, 160 * 120 - 1)
    never_decoded(monkeypatch)
    with pytest.raises(InvalidInput, match="got 160 x 120 px; make it smaller"):
        read_image(content, longest_px=20)


def test_a_jpeg_that_is_used_at_full_size_must_be_small_enough(monkeypatch):
    monkeypatch.setattr(photos, "MOST_PIXELS", 80 * 60)
    content = encoded(numbered(0), "JPEG")
    assert read_image(content, longest_px=80).frame.shape == (60, 80, 3)
    with pytest.raises(InvalidInput, match="got 160 x 120 px; make it smaller"):
        read_image(content)


def test_a_small_file_that_would_fill_the_memory():
    content = bytearray(encoded(Image.new("1", (8, 8))))
    content[16:24] = struct.pack(">II", 20_000, 20_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    with pytest.raises(InvalidInput, match=r"50 megapixels at most \(200 if .*got 20,000 x 20,000"):
        read_image(bytes(content))


@pytest.mark.parametrize("mode", ["I", "F"])
@pytest.mark.parametrize("size_wh", [(4_000, 2_000), (4_000_000, 2)])
def test_a_picture_of_32_bits_takes_little_memory_beside_its_own(mode, size_wh):
    content = encoded(Image.new(mode, size_wh, 7), "TIFF", compression="tiff_adobe_deflate")
    tracemalloc.start()  # sees NumPy's memory, but not the decoded picture's 32 MB
    try:
        read_image(content, longest_px=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60e6


@pytest.mark.parametrize("side", [12_000, 16_383])
def test_a_webp_whose_header_claims_much(side):
    other = Image.new("RGB", (64, 64), 9)
    content = bytearray(
        encoded(Image.new("RGB", (64, 64)), "WEBP", save_all=True, append_images=[other])
    )
    content[24:27] = content[27:30] = (side - 1).to_bytes(3, "little")
    with pytest.raises(InvalidInput, match="expected a picture of 50 megapixels at most"):
        read_image(bytes(content))


def test_a_file_of_many_bytes(tmp_path):
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(201_000_000)
    with pytest.raises(
        InvalidInput, match=r"a\.png: expected a picture of 200 MB at most, got 201"
    ):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"%PDF-1.7\n" + bytes(99), "a PDF"),
        (b"\0\0\0\x18ftypheic" + bytes(99), "a HEIC photo"),
        (b"\0\0\0\x18ftypmif1" + bytes(99), "a HEIC photo"),
        (b"\0\0\0\x18ftypisom" + bytes(99), "a video"),
        (b"\x1aE\xdf\xa3" + bytes(99), "a video"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "what cannot be decoded"),
        (b"not a picture " * 99, "what cannot be decoded"),
        (np.random.default_rng(0).bytes(9999), "what cannot be decoded"),
        (b"\xff\xd8\xff\xe0" + bytes(999), "what cannot be decoded"),
        (b"\x89PNG\r\n\x1a\n" + bytes(999), "what cannot be decoded"),
        (b"BM" + bytes(99), "what cannot be decoded"),
        (b"\xff", "what cannot be decoded"),
    ],
)
def test_what_is_no_picture(tmp_path, content, found):
    path = tmp_path / "a photo.jpg"
    path.write_bytes(content)
    for source, name in ((path, "a photo.jpg"), (content, "the picture")):
        with pytest.raises(
            InvalidInput, match=f"^{name}: expected a picture .*, got {found}.*; export it as JPEG"
        ):
            read_image(source)


def test_an_empty_file(tmp_path):
    (tmp_path / "a.png").touch()
    with pytest.raises(InvalidInput, match=r"a\.png is empty \(0 bytes\); choose a picture"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize(
    "path", ["", "missing.jpg", ".", "\0", "x" * 9999, "http://127.0.0.1:9/a.jpg"]
)
def test_what_is_no_file(path):
    with pytest.raises(InvalidInput, match="expected a file, got a folder or nothing; check"):
        read_image(path)


def test_what_is_no_source():
    with pytest.raises(InvalidInput, match="expected a path or bytes, got int"):
        read_image(3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput, match="expected a size of 1 px or more, got 0"):
        read_image(numbered(0), longest_px=0)


@pytest.mark.parametrize(
    ("kind", "settings", "rest"),
    [("JPEG", {}, 128), ("PNG", {}, 0), ("GIF", {"interlace": 0}, 254), ("BMP", {}, 0)],
)
def test_what_came_before_a_break_is_used(kind, settings, rest):
    content = astronaut(kind=kind, **settings)
    whole, (frame, notices, _) = read_image(content).frame, read_image(content[: len(content) // 2])
    assert notices == ("the picture is damaged; what can be decoded of it was read",)
    if kind == "BMP":  # its rows go upwards
        whole, frame = whole[::-1], frame[::-1]
    assert np.abs(frame[:60].astype(int) - whole[:60]).max() <= 1
    assert (frame[-20:] == rest).all()


def test_half_of_a_progressive_jpeg_is_the_whole_picture_less_sharp():
    content = astronaut(kind="JPEG", progressive=True)
    frame, notices, _ = read_image(content[: len(content) // 2])
    assert notices == ("the picture is damaged; what can be decoded of it was read",)
    assert np.abs(frame.astype(int) - PERSON).mean() < 12


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((4,), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 0), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4), bool),
    ],
)
def test_what_is_no_frame(frame):
    with pytest.raises(
        InvalidInput, match=r"expected an array \(h, w, 3\) RGB or .* of uint8, got"
    ):
        read_image(frame)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's own, of damaged metadata
@pytest.mark.parametrize("kind", FORMATS)
def test_damage_anywhere_is_answered(kind):
    picture, exif = turned(6)
    content = encoded(picture, kind, **({"exif": exif} if kind not in ("GIF", "BMP") else {}))
    rng = np.random.default_rng(0)
    answers = set()
    for _ in range(100):
        damaged = np.frombuffer(content, np.uint8).copy()
        damaged[rng.integers(0, len(damaged), 3)] = rng.integers(0, 256, 3)
        try:
            frame = read_image(damaged.tobytes()).frame
        except InvalidInput:
            answers.add("refused")
        else:
            answers.add("read")
            assert frame.dtype == np.uint8
            assert frame.shape[2] == 3
    assert answers == {"read", "refused"}
