from __future__ import annotations

import asyncio
import errno
import os
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import pyvips

from bot.domain.errors import BadReply, LocalFailure
from bot.domain.models import Picture, PictureFormat
from bot.pictures.checks import verify as verify_module
from bot.pictures.checks.verify import Verifier

FORMATS: list[PictureFormat] = ["png", "jpeg", "webp", "gif"]


Verify = Callable[[Path], Awaitable[Picture]]


def verify_with(verifier: Verifier, step: int = 48 * 1024) -> Verify:
    """Return a function that feeds a file to a check as a reply's decoder does."""

    async def verify(path: Path) -> Picture:
        check, data = verifier.start_check(), await asyncio.to_thread(path.read_bytes)
        for at in range(0, len(data), step):
            check.feed(data[at : at + step])
        return await check.finish(path)

    return verify


@pytest.fixture
def verify() -> Iterator[Verify]:
    with closing(Verifier(max_pixels=36_000_000)) as verifier:
        yield verify_with(verifier)


def noise(width: int, height: int) -> pyvips.Image:
    grey = pyvips.Image.gaussnoise(width, height, mean=128, sigma=60)
    return grey.bandjoin([grey, grey]).cast("uchar")


def encoded(form: str, width: int = 300, height: int = 200, **options: object) -> bytes:
    return noise(width, height).write_to_buffer(f".{form}", **options)


def put(folder: Path, data: bytes, name: str = "spool") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("form", FORMATS)
async def test_the_format_is_read_from_the_bytes(form: PictureFormat, verify: Verify, tmp_path: Path):
    path = put(tmp_path, encoded(form), "wrong.svg")
    assert await verify(path) == Picture(path=path, format=form, width=300, height=200)


@pytest.mark.parametrize("options", [{"interlace": True}, {"Q": 100}, {"profile": "srgb"}])
async def test_every_kind_of_jpeg_is_accepted(options: dict[str, object], verify: Verify, tmp_path: Path):
    assert (await verify(put(tmp_path, encoded("jpeg", 30, 20, **options)))).format == "jpeg"


async def test_long_metadata_before_the_size_is_skipped(verify: Verify, tmp_path: Path):
    whole = encoded("jpeg")
    metadata = b"\xff\xe2\xff\xfe" + bytes(0xFFFC)
    assert (await verify(put(tmp_path, whole[:2] + metadata * 12 + whole[2:]))).width == 300


@pytest.mark.parametrize("share", [0.03, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("form", FORMATS)
async def test_a_truncated_picture_is_a_bad_reply(
    form: PictureFormat, share: float, verify: Verify, tmp_path: Path
):
    whole = encoded(form)
    with pytest.raises(BadReply):
        await verify(put(tmp_path, whole[: int(len(whole) * share)]))


@pytest.mark.parametrize("lost", [1, 4, 12, 13, 20])
async def test_a_png_without_its_very_end_is_a_bad_reply(lost: int, verify: Verify, tmp_path: Path):
    with pytest.raises(BadReply):
        await verify(put(tmp_path, encoded("png")[:-lost]))


async def test_trailing_bytes_are_accepted(verify: Verify, tmp_path: Path):
    for form in FORMATS:
        for tail in (b"\nmade by a machine\n", bytes(70_000), bytes(3_000_000)):
            assert await verify(put(tmp_path, encoded(form) + tail))


async def test_bytes_between_the_markers_of_a_jpeg_are_accepted(verify: Verify, tmp_path: Path):
    whole = encoded("jpeg")
    first = 4 + int.from_bytes(whole[4:6], "big")
    assert (await verify(put(tmp_path, whole[:first] + b"\0junk\0" + whole[first:]))).width == 300


async def test_a_lost_block_of_a_jpeg_is_a_bad_reply(verify: Verify, tmp_path: Path):
    whole = encoded("jpeg", interlace=True)
    middle = len(whole) // 2
    with pytest.raises(BadReply):
        await verify(put(tmp_path, whole[:middle] + bytes(4096) + whole[middle + 4096 :]))


async def test_a_jpeg_of_a_single_colour_is_whole_though_its_scan_is_all_zeros(
    verify: Verify, tmp_path: Path
):
    whole = pyvips.Image.black(4000, 3000).jpegsave_buffer(optimize_coding=True)
    assert bytes(4096) in whole
    assert (await verify(put(tmp_path, whole))).width == 4000


async def test_a_check_that_restarts_forgets_the_bytes_so_far(verify: Verify, tmp_path: Path):
    with closing(Verifier(max_pixels=36_000_000)) as verifier:
        check, whole = verifier.start_check(), encoded("png", 30, 20)
        check.feed(whole[:100])
        check.restart()
        check.feed(whole)
        assert (await check.finish(put(tmp_path, whole))).width == 30


async def test_a_large_webp_is_verified_at_its_full_size(verify: Verify, tmp_path: Path):
    whole = encoded("webp", 2300, 1800, effort=0)
    assert (await verify(put(tmp_path, whole))).width == 2300
    with pytest.raises(BadReply):
        await verify(put(tmp_path, whole[: len(whole) // 2]))


async def test_only_a_header_is_a_bad_reply(verify: Verify, tmp_path: Path):
    with pytest.raises(BadReply):
        await verify(put(tmp_path, png(HEADER, (b"IEND", b""))))


async def test_a_picture_that_does_not_decode_is_a_bad_reply_that_names_its_cause(
    verify: Verify, tmp_path: Path
):
    with pytest.raises(BadReply) as caught:
        await verify(put(tmp_path, png(HEADER, (b"IDAT", b"no stream"), (b"IEND", b""))))
    assert isinstance(caught.value.__cause__, pyvips.Error)


async def test_a_corrupt_png_is_a_bad_reply_wherever_the_damage_is(verify: Verify, tmp_path: Path):
    whole = encoded("png", keep="none")
    for at in range(whole.index(b"IDAT") + 4, len(whole) - 20, len(whole) // 25):
        hurt = whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :]
        with pytest.raises(BadReply):
            await verify(put(tmp_path, hurt))


async def test_a_decompression_bomb_is_refused_by_its_header(verify: Verify, tmp_path: Path):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    with pytest.raises(BadReply) as caught:
        await verify(put(tmp_path, b"\x89PNG\r\n\x1a\n" + header + chunk(b"IEND", b"")))
    assert caught.value.__cause__ is None
    assert "60000x60000" in caught.value.detail


async def test_the_pixel_cap_is_inclusive(tmp_path: Path):
    path = put(tmp_path, encoded("png"))
    with closing(Verifier(max_pixels=60_000)) as exact, closing(Verifier(max_pixels=59_999)) as under:
        assert await verify_with(exact)(path)
        with pytest.raises(BadReply):
            await verify_with(under)(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b"%PDF-1.4\n",
        b"BM" + bytes(12) + struct.pack("<Iii", 40, 9, 9) + bytes(300),
        encoded("tiff"),
        b"P6 1 1 255 abc",
    ],
)
async def test_other_formats_are_bad_replies(data: bytes, verify: Verify, tmp_path: Path):
    with pytest.raises(BadReply):
        await verify(put(tmp_path, data, "spool.png"))


async def test_a_path_is_never_read_as_loader_options(verify: Verify, tmp_path: Path):
    assert await verify(put(tmp_path, encoded("gif"), "spool[page=9,n=-1].gif"))


async def test_an_animation_is_verified_by_its_first_frame(verify: Verify, tmp_path: Path):
    frames = noise(40, 90).copy()
    frames.set_type(pyvips.GValue.gint_type, "page-height", 30)
    for form in ("gif", "webp"):
        picture = await verify(put(tmp_path, frames.write_to_buffer(f".{form}")))
        assert (picture.width, picture.height) == (40, 30)


async def test_a_reused_path_is_decoded_again(verify: Verify, tmp_path: Path):
    whole = encoded("jpeg")
    await verify(put(tmp_path, whole))
    assert (await verify(put(tmp_path, encoded("png", 50, 60)))).height == 60
    assert (await verify(put(tmp_path, encoded("png", 70, 80)))).height == 80
    with pytest.raises(BadReply):
        await verify(put(tmp_path, whole[:-200]))


async def test_many_at_once_are_all_answered(verify: Verify, tmp_path: Path):
    paths = [put(tmp_path, encoded("png", 20 + index, 20), f"{index}") for index in range(12)]
    pictures = await asyncio.gather(*map(verify, paths))
    assert [picture.width for picture in pictures] == list(range(20, 32))


HEADER = (b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("code", [errno.EMFILE, errno.EIO, errno.ENOMEM])
async def test_a_failure_of_the_machine_is_no_bad_reply(
    code: int, verify: Verify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def unreadable(*_: object, **__: object) -> pyvips.Image:
        raise pyvips.Error("unable to open for read", f"system error: {os.strerror(code)}")

    monkeypatch.setitem(verify_module._LOADERS, "png", unreadable)  # pyright: ignore[reportPrivateUsage]  # a failing loader
    with pytest.raises(LocalFailure, match="machine"):
        await verify(put(tmp_path, encoded("png")))
