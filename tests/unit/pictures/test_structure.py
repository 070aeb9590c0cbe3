"""What the structure of a picture shows while its bytes arrive."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import pytest
import pyvips

from bot.domain.errors import BadReply
from bot.domain.models import Header
from bot.pictures.checks.decoding import Decoding
from bot.pictures.checks.jpeg_structure import MAX_MARKERS
from bot.pictures.checks.png_structure import MAX_CHUNKS
from bot.pictures.checks.structure import PictureStructure

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LIMIT = 36_000_000


def grain(width: int, height: int) -> pyvips.Image:
    bands = [pyvips.Image.gaussnoise(width, height, mean=128, sigma=40, seed=seed) for seed in range(3)]
    return bands[0].bandjoin([*bands[1:]]).cast("uchar").copy(interpretation="srgb")


JPEG = grain(300, 200).jpegsave_buffer()
PROGRESSIVE = grain(300, 200).jpegsave_buffer(interlace=True)
SMALL_PNG = grain(60, 40).pngsave_buffer(compression=1)
LARGE_PNG = grain(1100, 1000).pngsave_buffer(compression=1)


def look(data: bytes, step: int = 48 * 1024) -> tuple[Header, Decoding]:
    structure = PictureStructure(LIMIT)
    for at in range(0, len(data), step):
        structure.feed(data[at : at + step])
    return structure.close()


def chunks_of(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, at)
        yield kind, picture[at + 8 : at + 8 + length]
        at += 12 + length


def chunk(kind: bytes, data: bytes, error: int = 0) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ error)


def png(*chunks: tuple[bytes, bytes], damaged: int | None = None) -> bytes:
    """Return a PNG of these chunks, in one of which the checksum is wrong."""
    return SIGNATURE + b"".join(chunk(*each, number == damaged) for number, each in enumerate(chunks))


HEAD, *DATA, END = [each for each in chunks_of(LARGE_PNG) if each[0] in (b"IHDR", b"IDAT", b"IEND")]
TEXT = (b"tEXt", b"Comment\0hello")


@pytest.mark.parametrize(
    ("data", "decoding"),
    [(JPEG, "first row"), (PROGRESSIVE, "header"), (SMALL_PNG, "complete"), (LARGE_PNG, "first row")],
    ids=["JPEG", "progressive JPEG", "small PNG", "large PNG"],
)
def test_a_whole_picture_is_whole_however_its_bytes_arrive(data: bytes, decoding: Decoding):
    for step in (48 * 1024, 997, len(data)):
        header, found = look(data, step)
        assert found == decoding
    assert look(data[:2000] + data[2000:] + b"anything" * 1000, 512)[0] == header


@pytest.mark.parametrize("data", [JPEG, PROGRESSIVE, SMALL_PNG], ids=["JPEG", "progressive JPEG", "PNG"])
def test_a_picture_is_read_one_byte_at_a_time(data: bytes):
    assert look(data, 1)[0].width in (300, 60)


@pytest.mark.parametrize("data", [JPEG, PROGRESSIVE, LARGE_PNG], ids=["JPEG", "progressive JPEG", "PNG"])
def test_a_picture_that_ends_anywhere_before_its_end_is_cut_off(data: bytes):
    for at in (*range(0, len(data), len(data) // 40), len(data) - 1, len(data) - 2):
        with pytest.raises(BadReply):
            look(data[:at])


def test_a_block_of_zeros_in_a_scan_is_left_to_a_strict_decoder():
    middle = len(JPEG) // 2
    lost = JPEG[:middle] + bytes(4096) + JPEG[middle + 4096 :]
    assert look(lost)[1] == "strict"
    extra = JPEG.index(b"\xff\xdb")
    assert look(lost[:extra] + b"\0extra\0" + lost[extra:])[1] == "complete"


def test_zeros_in_metadata_are_no_damage():
    assert look(JPEG[:2] + b"\xff\xe2\xff\xfe" + bytes(0xFFFC) + JPEG[2:])[1] == "first row"


@pytest.mark.parametrize("marker", [0x02, 0xBF, 0xC8, 0xD8, 0xF0])
def test_a_marker_that_no_jpeg_has_is_damage_within_a_scan(marker: int):
    middle = len(JPEG) - 2000
    hurt = JPEG[:middle] + bytes([0xFF, marker, 0, 2]) + JPEG[middle:]
    with pytest.raises(BadReply) as caught:
        look(hurt)
    assert "marker" in caught.value.detail


@pytest.mark.parametrize("segment", [b"\xff\xfe\0\1", b"\xff\x01" * MAX_MARKERS], ids=["no length", "many"])
def test_segments_that_never_lead_to_a_picture_are_damage(segment: bytes):
    with pytest.raises(BadReply):
        look(JPEG[:-2] + segment + JPEG[-2:])


def test_a_jpeg_without_a_scan_is_damage():
    with pytest.raises(BadReply):
        look(JPEG[: JPEG.index(b"\xff\xda")] + b"\xff\xd9")


@pytest.mark.parametrize(
    "chunks",
    [
        [DATA[0], HEAD, *DATA[1:], END],
        [HEAD, HEAD, *DATA, END],
        [HEAD, END],
        [HEAD, DATA[0], TEXT, *DATA[1:], END],
        [HEAD, (b"ABCD", b""), *DATA, END],
        [HEAD, (b"te\0t", b""), *DATA, END],
        [HEAD, *[(b"teXt", b"")] * MAX_CHUNKS, *DATA, END],
    ],
    ids=[
        *("order", "two headers", "no data", "data in two places", "unknown part", "no name"),
        "too many",
    ],
)
def test_a_png_of_broken_structure_is_damage(chunks: list[tuple[bytes, bytes]]):
    with pytest.raises(BadReply):
        look(png(*chunks))


@pytest.mark.parametrize("damaged", [0, 1, len(DATA), len(DATA) + 1])
def test_a_wrong_checksum_is_damage(damaged: int):
    with pytest.raises(BadReply):
        look(png(HEAD, *DATA, END, damaged=damaged))


def test_damage_to_text_is_no_damage_to_the_picture():
    assert look(png(HEAD, TEXT, *DATA, END, damaged=1))[1] == "first row"


@pytest.mark.parametrize(
    "chunks",
    [
        [HEAD, *DATA[:-1], END],
        [HEAD, (b"IDAT", b"".join(data for _, data in DATA)), END],
        [HEAD, *DATA[: len(DATA) // 20], (b"IDAT", b"short"), END],
    ],
    ids=["without the last chunk", "one chunk", "far too short"],
)
def test_a_large_png_is_decoded_where_its_data_may_be_too_short(chunks: list[tuple[bytes, bytes]]):
    assert look(png(*chunks))[1] == "complete"


def test_too_many_pixels_are_refused_before_the_rest_arrives():
    header = (b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    with pytest.raises(BadReply) as caught:
        PictureStructure(LIMIT).feed(png(header))
    assert "60000x60000" in caught.value.detail


def test_another_format_is_refused_before_the_rest_arrives():
    for data in (grain(9, 9).tiffsave_buffer(), b"<svg/>" * 9, b"%PDF-1.4\n" * 9):
        with pytest.raises(BadReply):
            PictureStructure(LIMIT).feed(data)
