import io
import struct
import subprocess
import sys
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.ImageFile import ImageFile
from skimage import data

from emotion_core.errors import InvalidInput
from emotion_core.face import image as photos
from emotion_core.face.image import read_image
from tests.face.conftest import data_folder
from tests.face.films import corners_of, numbered

PERSON = data.astronaut()[:400:2, ::2]
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
PEAK = """
import resource, sys
from emotion_core.face.image import read_image
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
frame, notices = read_image(sys.argv[1])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(frame.shape, frame[0, 0], frame[-1, -1], (after - before) // 1024, *notices, sep="|")
"""


def encoded(frame: np.ndarray | Image.Image, kind: str = "PNG", **settings) -> bytes:
    picture = frame if isinstance(frame, Image.Image) else Image.fromarray(frame)
    file = io.BytesIO()
    picture.save(file, kind, **settings)
    return file.getvalue()


def turned(orientation: int) -> tuple[Image.Image, Image.Exif]:
    """A picture that is upright once the orientation of its EXIF is followed."""
    back = {6: 8, 8: 6}.get(orientation, orientation)
    upright = Image.fromarray(numbered(0, 48, 32))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return upright.transpose(photos.TURNS[back]) if back > 1 else upright, exif


def astronaut(**settings) -> bytes:
    return encoded(PERSON, **settings)


def never_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(image: ImageFile) -> None:
        pytest.fail(f"{image} was decoded")

    for _, _, kind in photos.KINDS:
        monkeypatch.setattr(kind, "load", load)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format(tmp_path, kind):
    path = tmp_path / f"größe 顔.{kind.lower()}"
    path.write_bytes(astronaut(kind=kind))
    frame, notices = read_image(path)
    assert notices == ()
    assert frame.dtype == np.uint8
    assert frame.flags.c_contiguous
    assert frame.flags.writeable
    worst = {"JPEG": 6, "WEBP": 8, "GIF": 12, "AVIF": 8}.get(kind, 0)
    assert np.abs(frame.astype(int) - PERSON).mean() <= worst
    assert np.array_equal(read_image(str(path)).frame, frame)
    assert np.array_equal(read_image(path.read_bytes()).frame, frame)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_content_counts_and_not_the_ending(tmp_path):
    (tmp_path / "a.jpg").write_bytes(astronaut(kind="PNG"))
    assert np.array_equal(read_image(tmp_path / "a.jpg").frame, PERSON)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_by_exif(orientation):
    picture, exif = turned(orientation)
    frame, notices = read_image(encoded(picture, "JPEG", exif=exif, quality=95))
    assert frame.shape == (32, 48, 3)
    assert corners_of(frame) == "RGWB"
    assert notices == ()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF"])
def test_upright_by_exif_in_other_formats(kind):
    picture, exif = turned(6)
    assert picture.size == (32, 48)
    assert corners_of(read_image(encoded(picture, kind, exif=exif)).frame) == "RGWB"


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's own
@pytest.mark.parametrize("exif", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nonsense"])
def test_damaged_exif_is_left_out(exif):
    frame = read_image(encoded(numbered(0), "JPEG", exif=exif)).frame
    assert corners_of(frame) == "RGWB"


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind):
    picture = Image.fromarray(numbered(0)).convert("CMYK")
    frame = read_image(encoded(picture, kind, **({"quality": 95} if kind == "JPEG" else {}))).frame
    assert corners_of(frame) == "RGWB"
    assert np.abs(frame.astype(int) - numbered(0)).mean() < 6


def test_sixteen_bits_are_scaled_and_not_cut():
    deep = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    expected = (deep >> 8).astype(np.uint8)
    frame = read_image(encoded(Image.fromarray(deep))).frame
    assert np.array_equal(frame, np.stack([expected] * 3, axis=2))
    assert np.array_equal(read_image(encoded(Image.fromarray(deep), "TIFF")).frame, frame)
    colours = np.stack([deep, deep.T, deep[::-1]], axis=2)
    written = cv2.imencode(".png", colours[..., ::-1])[1].tobytes()
    assert np.array_equal(read_image(written).frame, colours >> 8)


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_numbers_of_unknown_range_fill_all_of_it(kind):
    values = (np.linspace(-3000, 9000, 256).reshape(16, 16)).astype(kind)
    frame = read_image(encoded(Image.fromarray(values), "TIFF")).frame
    assert np.abs(frame[..., 0].ravel() - np.arange(256.0)).max() <= 1
    assert not read_image(encoded(Image.fromarray(np.full_like(values, 7)), "TIFF")).frame.any()


def test_values_that_are_no_numbers():
    values = np.array([[np.nan, np.inf, -np.inf, 0, 0.5, 1.0]], np.float32)
    frame = read_image(encoded(Image.fromarray(values), "TIFF")).frame
    assert frame[0, :, 0].tolist() == [0, 255, 0, 0, 128, 255]


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "PA", "YCbCr", "RGBX", "RGBA"])
def test_every_mode(mode):
    picture = Image.fromarray(np.repeat(numbered(0)[..., :1], 3, 2)).convert(mode)
    frame = read_image(encoded(picture, "TIFF")).frame
    assert frame.shape == (120, 160, 3)
    assert np.abs(frame.astype(int) - np.array(picture.convert("RGB"))).max() <= 2


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparent_places_become_grey(kind):
    picture = np.zeros((3, 1, 4), np.uint8)
    picture[..., 0] = 255
    picture[:, 0, 3] = 0, 128, 255
    settings = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    frame = read_image(encoded(picture, kind, **settings)).frame
    assert np.abs(frame[:, 0].astype(int) - [[128] * 3, [192, 64, 64], [255, 0, 0]]).max() <= 1


def test_a_transparent_colour_of_the_palette():
    picture = Image.fromarray(np.repeat(np.array([[0, 1]], np.uint8), 8, 0), "P")
    picture.putpalette([255, 0, 0, 0, 0, 255])
    for kind in ("GIF", "PNG"):
        frame = read_image(encoded(picture, kind, transparency=0)).frame
        assert frame[0].tolist() == [[128, 128, 128], [0, 0, 255]]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_the_first_of_several_pictures_is_read(kind):
    first, *others = (Image.fromarray(numbered(i)) for i in (0, 1023, 5))
    lossless = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(first, kind, save_all=True, append_images=others, **lossless)
    frame, notices = read_image(content)
    assert notices == ("the file holds several pictures; the first one was read",)
    assert np.abs(frame.astype(int) - numbered(0)).mean() < 6


def test_the_main_picture_of_a_phone():
    second = Image.fromarray(numbered(1023, 40, 30))
    content = encoded(numbered(0), "MPO", save_all=True, append_images=[second])
    frame, notices = read_image(content)
    assert frame.shape == (120, 160, 3)
    assert corners_of(frame) == "RGWB"
    assert notices == ()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_single_pixel(kind):
    frame = read_image(encoded(np.full((1, 1, 3), 77, np.uint8), kind)).frame
    assert frame.shape == (1, 1, 3)
    assert np.abs(frame.astype(int) - 77).max() <= 2


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
    whole, (frame, notices) = read_image(content).frame, read_image(content[: len(content) // 2])
    assert notices == ("the picture is damaged; what can be decoded of it was read",)
    if kind == "BMP":  # its rows go upwards
        whole, frame = whole[::-1], frame[::-1]
    assert np.abs(frame[:60].astype(int) - whole[:60]).max() <= 1
    assert (frame[-20:] == rest).all()


def test_half_of_a_progressive_jpeg_is_the_whole_picture_less_sharp():
    content = astronaut(kind="JPEG", progressive=True)
    frame, notices = read_image(content[: len(content) // 2])
    assert notices == ("the picture is damaged; what can be decoded of it was read",)
    assert np.abs(frame.astype(int) - PERSON).mean() < 12


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_is_left_of_a_picture(kind):
    content = encoded(np.random.default_rng(0).integers(0, 256, (99, 99, 3), np.uint8), kind)
    start = {"JPEG": 621, "PNG": 41, "GIF": 799, "BMP": 54, "TIFF": 8}.get(kind, 200)
    with pytest.raises(InvalidInput, match=r"got (what cannot be decoded|a damaged AVIF)"):
        read_image(content[:start])


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


def test_arrays():
    colours = numbered(3)
    assert np.array_equal(read_image(colours).frame, colours)
    assert np.array_equal(read_image(colours[::-1, ::2]).frame, colours[::-1, ::2])
    assert np.array_equal(read_image(colours[..., 0]).frame, np.stack([colours[..., 0]] * 3, 2))


def test_many_at_once():
    contents = [encoded(PERSON, kind) for kind in FORMATS]
    cut = [content[: len(content) // 2] for content in contents[:2]]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(read_image, (contents + cut) * 2))
    for found, content in zip(together, (contents + cut) * 2, strict=True):
        alone = read_image(content)
        assert np.array_equal(found.frame, alone.frame)
        assert found.notices == alone.notices


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


@pytest.mark.data
def test_real_photos_as_another_decoder_sees_them():
    archive = data_folder("face/london_set") / "london_set_512.zip"
    with zipfile.ZipFile(archive) as photos_of_people:
        names = [n for n in photos_of_people.namelist() if n.endswith((".jpg", ".png"))][::50]
        contents = [photos_of_people.read(name) for name in names]
    assert len(contents) > 3
    for content in contents:
        frame, notices = read_image(content)
        assert notices == ()
        expected = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        assert expected is not None
        assert np.abs(frame[..., ::-1].astype(int) - expected).mean() < 2
