"""Files that can't be re-encoded, and disks that fail."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import pyvips

from bot.domain.errors import BadReply, LocalFailure
from bot.domain.models import Picture
from bot.pictures import opening
from bot.pictures.fit import fit_now
from tests.support.sample_pictures import SIDE, noise, saved


def test_a_limit_that_nothing_fits_in_is_a_bad_reply(pictures: dict[str, Picture], tmp_path: Path) -> None:
    with pytest.raises(BadReply):
        fit_now(pictures["noise"], 100, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"no picture", b""], ids=["text", "nothing"])
def test_what_is_no_picture_is_a_bad_reply(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(content)
    with pytest.raises(BadReply):
        fit_now(Picture(path=path, format="jpeg", width=1, height=1), -1, tmp_path)


def test_a_truncated_file_is_a_bad_reply(pictures: dict[str, Picture], tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    path.write_bytes(pictures["noise"].path.read_bytes()[:100_000])
    with pytest.raises(BadReply):
        fit_now(Picture(path=path, format="png", width=SIDE, height=SIDE * 3 // 4), 1000, tmp_path)


def test_a_missing_file_is_a_bad_reply(tmp_path: Path) -> None:
    with pytest.raises(BadReply):
        fit_now(Picture(path=tmp_path / "gone.png", format="png", width=1, height=1), 1000, tmp_path)


def test_a_full_disk_is_no_bad_reply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise pyvips.Error(
            "unable to call VipsForeignSaveJpegFile", f"system error: {os.strerror(errno.ENOSPC)}"
        )

    path = tmp_path / "noise.png"
    pyvips.Image.gaussnoise(300, 300).cast("uchar").pngsave(str(path))
    monkeypatch.setattr(pyvips.Image, "write_to_file", full)
    with pytest.raises(LocalFailure):
        fit_now(Picture(path=path, format="png", width=300, height=300), 50_000, tmp_path / "fitted")


def test_a_failing_disk_is_no_bad_reply_while_a_jpeg_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    picture = saved(noise(300, 300), tmp_path / "noise.jpg")
    monkeypatch.setattr(opening, "read", broken)
    with pytest.raises(LocalFailure):
        fit_now(picture, 10_000, tmp_path / "fitted")
