"""What the copy of a stranger's picture looks like."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import pyvips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.pictures import jpeg_copy
from bot.pictures.jpeg_copy import MAX_ASPECT, MIN_SIDE, Order, Refused
from tests.support.photos import photo


def order(source: Path, **limits: int) -> Order:
    every = {"max_pixels": 150_000_000, "copy_pixels": 16_777_216, "copy_bytes": 8_000_000, **limits}
    target = str(source.with_name("copy.jpg"))
    return Order(source=str(source), target=target, memory=0, cpu_seconds=0, wall_seconds=0, **every)


def copied(source: Path, **limits: int) -> pyvips.Image:
    """Copy a file and return the copy, whose sides are those that were reported."""
    sides = jpeg_copy.copy(order(source, **limits))
    copy = pyvips.Image.jpegload(str(source.with_name("copy.jpg")), revalidate=True)
    assert (copy.width, copy.height) == sides
    return copy


def coloured(width: int, height: int, *colour: int) -> pyvips.Image:
    kind = {2: "b-w", 3: "srgb", 4: "srgb"}[len(colour)]
    image = pyvips.Image.black(width, height) + list(colour)
    return image.cast("uchar").copy(interpretation=kind)


def colour_at(image: pyvips.Image, x: int, y: int) -> list[int]:
    return [round(value) for value in image.getpoint(x, y)]


def close_to(colour: list[int], wanted: list[int]) -> bool:
    return all(abs(one - other) <= 6 for one, other in zip(colour, wanted, strict=True))


def test_a_turned_photo_is_copied_upright_and_without_its_place(tmp_path: Path):
    image = pyvips.Image.jpegload_buffer(photo(120, 80)).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd3-GPSLatitude", "52/1 30/1 0/1")
    image.jpegsave(str(tmp_path / "photo.jpg"))
    assert b"Exif" in (tmp_path / "photo.jpg").read_bytes()

    copy = copied(tmp_path / "photo.jpg")

    assert (copy.width, copy.height) == (80, 120)
    assert not [field for field in copy.get_fields() if field.startswith("exif") or field.endswith("-data")]
    assert b"Exif" not in (tmp_path / "copy.jpg").read_bytes()
    # The stored top left corner, without red and green, is seen at the top right.
    assert close_to(colour_at(copy, 79, 0), [0, 0, 255])


def test_a_picture_in_inks_gets_the_colours_that_are_seen(tmp_path: Path):
    coloured(40, 30, 10, 200, 30, 0).copy(interpretation="cmyk").jpegsave(str(tmp_path / "inks.jpg"))

    copy = copied(tmp_path / "inks.jpg")

    assert (copy.bands, copy.interpretation) == (3, "srgb")
    assert close_to(colour_at(copy, 5, 5), [227, 83, 140])


def test_sixteen_bits_become_eight(tmp_path: Path):
    deep = (coloured(40, 30, 240, 120, 0) * 250).cast("ushort").copy(interpretation="rgb16")
    deep.pngsave(str(tmp_path / "deep.png"))

    copy = copied(tmp_path / "deep.png")

    assert copy.format == "uchar"
    assert close_to(colour_at(copy, 5, 5), [234, 117, 0])


def test_what_is_transparent_is_seen_on_white(tmp_path: Path):
    coloured(40, 30, 255, 0, 0, 0).pngsave(str(tmp_path / "clear.png"))

    assert close_to(colour_at(copied(tmp_path / "clear.png"), 5, 5), [255, 255, 255])


@pytest.mark.parametrize("name", ["a.avif", "a.tiff", "a.webp", "a.gif", "a.png", "a.jpg"])
def test_each_format_is_copied(tmp_path: Path, name: str):
    coloured(64, 48, 200, 40, 40).write_to_file(str(tmp_path / name))

    assert close_to(colour_at(copied(tmp_path / name), 20, 20), [200, 40, 40])


def test_of_an_animation_the_first_frame_is_copied(tmp_path: Path):
    frames = coloured(40, 30, 200, 40, 40).join(coloured(40, 30, 40, 40, 200), "vertical").copy()
    frames.set_type(pyvips.GValue.gint_type, "page-height", 30)
    frames.webpsave(str(tmp_path / "moving.webp"))

    copy = copied(tmp_path / "moving.webp")

    assert (copy.width, copy.height) == (40, 30)
    assert close_to(colour_at(copy, 20, 20), [200, 40, 40])


@pytest.mark.parametrize("name", ["large.jpg", "large.png", "large.webp"])
def test_a_large_picture_is_copied_smaller(tmp_path: Path, name: str):
    coloured(600, 400, 200, 40, 40).write_to_file(str(tmp_path / name))

    copy = copied(tmp_path / name, copy_pixels=10_000)

    assert 8_000 < copy.width * copy.height <= 10_300
    assert copy.width / copy.height == pytest.approx(1.5, rel=0.03)


def test_a_detailed_picture_is_compressed_more(tmp_path: Path):
    noise = pyvips.Image.gaussnoise(300, 300, sigma=60, mean=128).cast("uchar")
    noise.pngsave(str(tmp_path / "noise.png"))

    copied(tmp_path / "noise.png", copy_bytes=60_000)

    assert (tmp_path / "copy.jpg").stat().st_size <= 60_000


def test_a_picture_that_cannot_be_compressed_enough_is_refused(tmp_path: Path):
    pyvips.Image.gaussnoise(300, 300, sigma=60, mean=128).cast("uchar").pngsave(str(tmp_path / "noise.png"))

    with pytest.raises(Refused, match="too-big"):
        jpeg_copy.copy(order(tmp_path / "noise.png", copy_bytes=1_000))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_more_pixels_than_allowed_are_refused_before_they_are_decoded(tmp_path: Path, name: str):
    coloured(200, 200, 1, 2, 3).write_to_file(str(tmp_path / name))

    with pytest.raises(Refused, match="pixels"):
        jpeg_copy.copy(order(tmp_path / name, max_pixels=10_000))


def test_a_damaged_picture_is_no_picture_with_black_rows(tmp_path: Path):
    whole = photo(300, 200)
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(pyvips.Error):
        jpeg_copy.copy(order(tmp_path / "cut.jpg"))


def test_a_tiff_whose_compression_is_unknown_is_not_copied_black(tmp_path: Path):
    coloured(64, 48, 200, 40, 40).tiffsave(str(tmp_path / "a.tiff"), compression="deflate")
    whole = (tmp_path / "a.tiff").read_bytes()
    deflate, zstd = struct.pack("<HHII", 259, 3, 1, 8), struct.pack("<HHII", 259, 3, 1, 50_000)
    assert whole.count(deflate) == 1
    (tmp_path / "zstd.tiff").write_bytes(whole.replace(deflate, zstd))

    with pytest.raises(pyvips.Error):
        jpeg_copy.copy(order(tmp_path / "zstd.tiff"))


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b"\0\0\0\x20ftypheic", "heic"),
        (b"\xff\x0a\xfa\x0f", "jxl"),
        (b"\0\0\0\x0cjP  \r\n", "jp2"),
        (b"BM\x10\0\0\0", "bmp"),
        (b"\0\0\x01\0\x01\0\x20\x20", "ico"),
    ],
)
def test_a_format_without_a_decoder_is_named(
    tmp_path: Path, head: bytes, form: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jpeg_copy, "_pillow_with_plugins", _not_installed)
    (tmp_path / "file").write_bytes(head.ljust(200, b"\0"))

    with pytest.raises(Refused) as refused:
        jpeg_copy.copy(order(tmp_path / "file"))

    assert refused.value.args == ("format", form)


@pytest.mark.parametrize("name", ["a.heic", "a.jxl", "a.bmp", "a.jp2"])
def test_the_optional_decoders_read_more_formats(tmp_path: Path, name: str):
    heif = pytest.importorskip("pillow_heif")
    pytest.importorskip("pillow_jxl")
    from PIL import Image

    heif.register_heif_opener()
    turned = Image.Exif()
    turned[0x112] = 6
    picture, is_turned = Image.new("RGB", (64, 48), (200, 40, 40)), name == "a.heic"
    if is_turned:
        picture.save(tmp_path / name, exif=turned.tobytes())
    else:
        picture.save(tmp_path / name)

    copy = copied(tmp_path / name)

    assert (copy.width, copy.height) == ((48, 64) if is_turned else (64, 48))
    assert close_to(colour_at(copy, 20, 20), [200, 40, 40])


def _not_installed() -> None:
    raise ImportError


@pytest.mark.parametrize("text", ["<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "1,2\n"])
def test_no_loader_of_texts_is_reached(tmp_path: Path, text: str):
    (tmp_path / "file.png").write_text(text)

    with pytest.raises(Refused, match="not-picture"):
        jpeg_copy.copy(order(tmp_path / "file.png"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(width=st.integers(1, 700), height=st.integers(1, 700), most=st.integers(400, 100_000))
def test_every_copy_has_a_shape_that_the_service_takes(tmp_path: Path, width: int, height: int, most: int):
    coloured(width, height, 200, 40, 40).pngsave(str(tmp_path / "any.png"))

    copy = copied(tmp_path / "any.png", copy_pixels=most)

    shorter, longer = sorted((copy.width, copy.height))
    assert shorter >= MIN_SIDE
    assert longer <= MAX_ASPECT * shorter
