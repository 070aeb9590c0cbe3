"""Bodies that the guard accepts as references."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc

import pytest

from bot.domain.errors import ReferenceUnusable
from bot.domain.models import FoundPicture
from bot.sources.reference_limits import picture_type, within_limits
from tests.support.reference_sites import (
    check,
    guard,
    jpeg,
    png,
    problem_of,
    raw,
    sends,
    site,
    stalls,
    streams,
)

# Not a supported picture


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><html><body><svg></svg></body></html>",
        b"<?xml version='1.0'?><rss></rss>",
        b'{"error": "no"}',
        b"%PDF-1.7",
        b"PK\x03\x04" + b"\0" * 5000,
        b"\0\0\0\x20ftypisom" + b"\0" * 5000,
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0 and no more",
        b"\0" * 5000,
    ],
)
async def test_other_files_than_pictures_are_refused(body: bytes) -> None:
    assert await problem_of(check(sends(body))) == "not-picture"
    assert await problem_of(check(streams(body[:3], body[3:], 1))) == "not-picture"


@pytest.mark.parametrize(
    "body",
    [
        b"\0\0\0\x20ftypavif\0\0\0\0",
        b"\0\0\0\x20ftypavis\0\0\0\0",
        b"\0\0\0\x20ftypheic\0\0\0\0",
        b"\0\0\0\x20ftypheix\0\0\0\0",
        b"\0\0\0\x20ftypmif1\0\0\0\0",
        b"\xff\x0a\x01\x02",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"8BPS\0\1",
        b"\0\0\1\0\1\0\x10\x10",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- drawn -->\n<svg width='5'/>",
        b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' ''><svg>",
    ],
)
@pytest.mark.parametrize("filling", [b"", b" " * 5000])
async def test_an_unsupported_picture_format_is_named_as_such(body: bytes, filling: bytes) -> None:
    assert await problem_of(check(sends(body + filling))) == "format"


async def test_compressed_bodies_are_never_decompressed() -> None:
    bomb = gzip.compress(png() + b"\0" * 50_000_000)
    assert await problem_of(check(sends(bomb, Content_Encoding="gzip"))) == "not-picture"
    assert await problem_of(check(sends(bomb))) == "not-picture"


@pytest.mark.parametrize("encoding", ["", "none", "identity", "binary", "UTF-8", "gzip"])
async def test_a_plain_picture_is_accepted_whatever_encoding_is_claimed(encoding: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(png())}\r\n\r\n"
    async with raw(head.encode() + png()) as url, guard(int(url.rpartition(":")[2])) as guarding:
        assert (await guarding.check(url + "/")).format == "png"


async def test_many_checks_hold_little_memory() -> None:
    segment = jpeg(1)[2:60_006]
    async with site(streams(b"\xff\xd8", segment, 60)) as port, guard(port) as guarding:
        tracemalloc.start()
        problems = await asyncio.gather(
            *(problem_of(guarding.check(f"http://127.0.0.1:{port}/{n}")) for n in range(12))
        )
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert set(problems) == {"not-picture"}
    assert peak < 12_000_000


# Too large


async def test_a_picture_announced_as_too_big_is_too_big() -> None:
    assert await problem_of(check(sends(png() + b"\0" * 10_000_000))) == "too-big"


async def test_a_body_announced_as_too_big_is_not_awaited() -> None:
    assert await problem_of(check(stalls(10_000_001))) == "too-big"


async def test_a_body_without_end_is_too_big() -> None:
    assert await problem_of(check(streams(png(), b"\0" * 1_000_000, 10**6))) == "too-big"


async def test_a_header_that_never_comes_is_too_big() -> None:
    assert await problem_of(check(streams(b"\xff\xd8", jpeg(1)[2:60_006], 10**6))) == "too-big"


async def test_text_without_end_is_no_picture() -> None:
    assert await problem_of(check(streams(b"<html>", b"a" * 100_000, 10**6))) == "not-picture"


async def test_a_small_picture_of_the_wrong_shape_is_refused_by_its_header() -> None:
    assert await problem_of(check(sends(png(14, 14)))) == "too-small"
    assert await problem_of(check(sends(png(1700, 100)))) == "shape"
    assert await problem_of(check(streams(png(6001, 6000), b"\0" * 1_000_000, 10**6))) == "pixels"


@pytest.mark.parametrize(
    ("content_type", "width", "height", "size", "problem"),
    [
        ("image/png", 6000, 6000, 10_000_000, None),
        ("image/JPEG; charset=x", 15, 240, 1, None),
        ("image/tiff", None, None, 5, None),
        (None, 100, 100, None, None),
        ("image/avif", 100, 100, 5, "format"),
        ("image/svg+xml", None, None, 5, "format"),
        ("video/mp4", 100, 100, 5, "not-picture"),
        ("", 100, 100, 5, "not-picture"),
        ("image/png", 100, 100, 10_000_001, "too-big"),
        ("image/png", 14, 100, 5, "too-small"),
        ("image/png", 0, 0, 5, None),
        ("image/png", 100, 14, 5, "too-small"),
        ("image/png", 15, 241, 5, "shape"),
        ("image/png", 241, 15, 5, "shape"),
        ("image/png", 6000, 6001, 5, "pixels"),
    ],
)
def test_known_facts_are_checked_against_the_services_limits(
    content_type: str | None, width: int | None, height: int | None, size: int | None, problem: str | None
) -> None:
    found = None
    try:
        within_limits(
            FoundPicture(url="", format=picture_type(content_type), width=width, height=height, size=size)
        )
    except ReferenceUnusable as refused:
        found = refused.problem
    assert found == problem
