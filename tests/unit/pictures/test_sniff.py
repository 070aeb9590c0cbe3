from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from time import thread_time

import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models import Header, PictureFormat
from bot.pictures.sniff import HeaderReader, orientation_in, sniff
from tests.support.processor_time import is_quick
from tests.support.property_testing import examples

FORMATS: list[PictureFormat] = ["png", "jpeg", "webp", "gif", "bmp", "tiff"]
SIGNATURES = [
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"\xff\xd8\xff",
    b"\xff\xd8\xff\xe0\0\2",
    b"\xff\xd8\xff\xc0",
    b"RIFF\0\0\0\0WEBPVP8 ",
    b"RIFF\0\0\0\0WEBPVP8L",
    b"RIFF\0\0\0\0WEBPVP8X",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"II*\0\x08\0\0\0\xff\xff",
    b"MM\0*",
    b"MM\0*\0\0\0\x08\xff\xff",
    b"\0\0\0\x20ftyp",
    b"<svg",
    b"<?xml",
    b"<!--",
]


def written(form: PictureFormat, width: int, height: int, **options: object) -> bytes:
    if form == "bmp":
        return b"BM" + bytes(12) + struct.pack("<IiiHHIIIIII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    image = pyvips.Image.black(width, height, bands=3) + 90
    return image.cast("uchar").write_to_buffer(f".{form}", **options)


def header(form: PictureFormat, width: int, height: int) -> Header:
    return Header(format=form, width=width, height=height, plain=form != "tiff")


@given(form=st.sampled_from(FORMATS), width=st.integers(1, 400), height=st.integers(1, 400))
def test_type_and_size_are_read_from_real_pictures(form: PictureFormat, width: int, height: int):
    assert sniff(written(form, width, height)) == header(form, width, height)


@pytest.mark.parametrize("kind", [b"VP8 ", b"VP8L", b"VP8X"])
def test_every_kind_of_webp_is_read(kind: bytes):
    profile = {"profile": "srgb"} if kind == b"VP8X" else {"keep": "none"}
    picture = written("webp", 321, 123, lossless=kind == b"VP8L", **profile)
    assert picture[12:16] == kind
    assert sniff(picture) == header("webp", 321, 123)


def test_the_largest_sides_are_read():
    assert sniff(b"RIFF....WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\0\0\1") == header("webp", 1 << 24, 65537)
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIB", 2**31 - 1, 3, 8)
    assert sniff(png) == header("png", 2**31 - 1, 3)


def test_a_progressive_jpeg_behind_long_comments_is_read():
    plain = written("jpeg", 640, 480, interlace=True)
    notes = b"\xff\xfe\xff\xff" + b"\xff\xc0" * 32766 + b"x"
    assert sniff(plain[:2] + notes * 2 + b"\xff\xff" + plain[2:]) == header("jpeg", 640, 480)
    assert sniff((plain[:2] + notes * 2 + plain[2:])[:100_000]) is None


def test_a_bmp_from_the_top_down_or_of_the_oldest_kind_is_read():
    start = b"BM" + bytes(12)
    assert sniff(start + struct.pack("<Iii", 40, 7, -9)) == header("bmp", 7, 9)
    assert sniff(start + struct.pack("<IHH", 12, 7, 9)) == header("bmp", 7, 9)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4])
def test_a_tiff_of_both_byte_orders_is_read(order: str, kind: int):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    number = "HH" if kind == 3 else "I"
    sides = [
        struct.pack(order + "HHI" + number, tag, kind, 1, side, *[0] * (kind == 3))
        for tag, side in ((256, 5), (257, 6))
    ]
    directory = struct.pack(order + "H", 3) + struct.pack(order + "HHII", 254, 4, 1, 0) + b"".join(sides)
    assert sniff(mark + struct.pack(order + "I", 8) + directory) == header("tiff", 5, 6)
    far = mark + struct.pack(order + "I", 5000) + bytes(4992) + directory
    assert sniff(far) == header("tiff", 5, 6)
    assert sniff(far[:5010]) is None


@pytest.mark.parametrize("form", FORMATS)
def test_too_few_bytes_give_none(form: PictureFormat):
    whole = written(form, 33, 44)
    answers = [sniff(whole[:length]) for length in range(len(whole) + 1)]
    assert answers[0] is None
    known = next(index for index, answer in enumerate(answers) if answer)
    assert set(answers[known:]) == {header(form, 33, 44)}


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"BMW makes cars, and this goes on for a while",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xda" + bytes(50),
        b"GIF89a" + bytes(20),
        b"<html>",
        b"%PDF-1.7",
        b"RIFF\0\0\0\0WAVEfmt ",
    ],
)
def test_what_is_no_picture_gives_none(head: bytes):
    assert sniff(head) is None


@given(form=st.sampled_from(FORMATS), size=st.integers(1, 50))
def test_a_header_is_read_from_chunks_of_any_size(form: PictureFormat, size: int):
    whole, reader = written(form, 33, 44, **({"interlace": True} if form == "jpeg" else {})), HeaderReader()
    chunks = (whole[at : at + size] for at in range(0, len(whole), size))
    assert next(found for chunk in chunks if (found := reader.feed(chunk))) == header(form, 33, 44)


def test_bytes_between_the_markers_of_a_jpeg_are_skipped():
    plain = written("jpeg", 640, 480)
    first = 4 + int.from_bytes(plain[4:6], "big")
    for between in (b"\0", b"abc", b"\xff\0\xff\0", b"\xff" * 300, b"\xff\xd0", b"ab" * 5_000):
        assert sniff(plain[:first] + between + plain[first:]) == header("jpeg", 640, 480)


HOSTILE = {
    "fill bytes": b"\xff" * 10_000_000,
    "bare markers": b"\xff\xd0" * 5_000_000,
    "stuffed bytes": b"\xff\0" * 5_000_000,
    "empty segments": b"\xff\xe1\0\2" * 2_500_000,
    "broken segments": b"\xff\xe1\0\0" * 2_500_000,
    "bytes between markers": b"a\xff\xd0" * 3_300_000,
    "no marker": b"a" * 10_000_000,
    "long segments": (b"\xff\xe1\xff\xff" + bytes(0xFFFD)) * 150,
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_no_jpeg_costs_more_than_its_bytes(name: str):
    body = b"\xff\xd8\xff" + HOSTILE[name]

    def seconds_of_pieces() -> Iterator[float]:
        reader = HeaderReader()
        for at in range(0, len(body), 65_536):
            begun = thread_time()
            assert reader.feed(body[at : at + 65_536]) is None
            yield thread_time() - begun

    # The garbage collector may run in any of them.
    fewest = [min(rounds) for rounds in zip(*(seconds_of_pieces() for _ in range(3)), strict=True)]
    assert max(fewest) < 0.02 and sum(fewest) < 0.3


def test_no_tiff_costs_more_than_its_bytes():
    directory = b"II*\0\x08\0\0\0\xff\xff" + b"\1\0\1\0\1\0\0\0\0\0\0\0" * 65_535

    def read() -> None:
        reader = HeaderReader()
        assert reader.feed(directory) is None
        assert reader.failed

    assert is_quick(read, 0.02)


@examples(10)
@given(start=st.sampled_from([b"", *SIGNATURES]), rest=st.binary(max_size=120))
def test_random_bytes_never_raise(start: bytes, rest: bytes):
    found = sniff(start + rest)
    assert found is None or (found.width > 0 and found.height > 0)


@pytest.mark.parametrize(
    "head",
    [
        b"\0\0\0\x20ftypavif\0\0\0\0mif1miafMA1B",
        b"\0\0\0\x1cftypisom\0\0\0\0mif1avif\0\0\0\0",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"\xff\x0a\xfa\x1f",
        b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ",
        b'<svg xmlns="http://www.w3.org/2000/svg">',
        b'\xef\xbb\xbf <?xml version="1.0"?>\n<!-- a -->\n<!-- b --><svg:svg >',
        b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN">',
        b"8BPS\0\1",
        b"II+\0\x08\0\0\0",
    ],
)
def test_pictures_the_relay_does_not_take_give_none(head: bytes):
    assert sniff(head) is None


@pytest.mark.parametrize(
    "head",
    [
        b"\0\0\0\x18ftypmp42\0\0\0\0isommp42",
        b"<!doctype html><svg>",
        b"<!-- x -->" * 400 + b"<p>",
        b"<svgish>",
    ],
)
def test_videos_and_web_pages_are_not_pictures(head: bytes):
    assert sniff(head) is None


def test_a_png_with_a_broken_header_length_is_unknown():
    data = struct.pack(">II", 5, 5) + bytes(5)
    chunk = b"\0\0\0\x0eIHDR" + data
    assert sniff(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", zlib.crc32(chunk))) is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_how_a_photo_is_turned_is_read(orientation: int):
    image = (pyvips.Image.black(60, 40, bands=3) + 90).cast("uchar").copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    found = sniff(image.jpegsave_buffer())
    assert found is not None and (found.width, found.height) == (60, 40)
    assert (found.plain, found.sideways) == (orientation == 1, orientation >= 5)


@pytest.mark.parametrize(
    ("form", "kind", "bands"), [("jpeg", "cmyk", 4), ("png", "rgb16", 3), ("tiff", "srgb", 3)]
)
def test_what_decoders_show_differently_is_told(form: str, kind: str, bands: int):
    image = pyvips.Image.black(60, 40, bands=bands) + 90
    pixels = image.cast("ushort" if kind == "rgb16" else "uchar").copy(interpretation=kind)
    found = sniff(pixels.write_to_buffer(f".{form}"))
    assert found is not None and not found.plain


def test_an_animation_is_told():
    frames = (pyvips.Image.black(60, 80, bands=3) + 90).cast("uchar").copy()
    frames.set_type(pyvips.GValue.gint_type, "page-height", 40)
    # Equal frames would be stored as one.
    frames = frames.draw_rect([255, 0, 0], 0, 0, 20, 20, fill=True)
    found = sniff(frames.webpsave_buffer())
    assert found is not None and (found.width, found.height, found.plain) == (60, 40, False)


@given(exif=st.binary(max_size=64).map(lambda tail: b"Exif\0\0II*\0" + tail) | st.binary(max_size=80))
def test_any_exif_is_read_or_ignored(exif: bytes):
    assert orientation_in(exif) in (None, *range(1, 9))
