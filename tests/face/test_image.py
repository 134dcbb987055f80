"""Pictures of every format as upright RGB."""

import zipfile
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image

from emotion_core.errors import InvalidInput
from emotion_core.face import image as photos
from emotion_core.face.image import read_image
from tests.face.conftest import data_folder
from tests.face.films import corners_of, numbered
from tests.face.pictures import FORMATS, PERSON, astronaut, encoded, turned


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format(tmp_path, kind):
    path = tmp_path / f"größe 顔.{kind.lower()}"
    path.write_bytes(astronaut(kind=kind))
    frame, notices, _ = read_image(path)
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
    frame, notices, _ = read_image(encoded(picture, "JPEG", exif=exif, quality=95))
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
@pytest.mark.parametrize("tile_px", [7, 1024])
def test_numbers_of_unknown_range_fill_all_of_it(kind, tile_px, monkeypatch):
    monkeypatch.setattr(photos, "TILE_PX", tile_px)
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
    frame, notices, _ = read_image(content)
    assert notices == ("the file holds several pictures; the first one was read",)
    assert np.abs(frame.astype(int) - numbered(0)).mean() < 6


def test_the_main_picture_of_a_phone():
    second = Image.fromarray(numbered(1023, 40, 30))
    content = encoded(numbered(0), "MPO", save_all=True, append_images=[second])
    frame, notices, _ = read_image(content)
    assert frame.shape == (120, 160, 3)
    assert corners_of(frame) == "RGWB"
    assert notices == ()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_single_pixel(kind):
    frame = read_image(encoded(np.full((1, 1, 3), 77, np.uint8), kind)).frame
    assert frame.shape == (1, 1, 3)
    assert np.abs(frame.astype(int) - 77).max() <= 2


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_is_left_of_a_picture(kind):
    content = encoded(np.random.default_rng(0).integers(0, 256, (99, 99, 3), np.uint8), kind)
    start = {"JPEG": 621, "PNG": 41, "GIF": 799, "BMP": 54, "TIFF": 8}.get(kind, 200)
    with pytest.raises(InvalidInput, match=r"got (what cannot be decoded|a damaged AVIF)"):
        read_image(content[:start])


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


@pytest.mark.data
def test_real_photos_as_another_decoder_sees_them():
    archive = data_folder("face/london_set") / "london_set_512.zip"
    with zipfile.ZipFile(archive) as photos_of_people:
        names = [n for n in photos_of_people.namelist() if n.endswith((".jpg", ".png"))][::50]
        contents = [photos_of_people.read(name) for name in names]
    assert len(contents) > 3
    for content in contents:
        frame, notices, _ = read_image(content)
        assert notices == ()
        expected = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        assert expected is not None
        assert np.abs(frame[..., ::-1].astype(int) - expected).mean() < 2
