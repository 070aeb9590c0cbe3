"""Copies by a process with limits, of files that mean harm, too."""

from __future__ import annotations

import asyncio
import os
import signal
import zlib
from pathlib import Path

import pytest
import pyvips

from bot.domain.errors import LocalFailure, ReferenceUnusable
from bot.pictures import copier, jpeg_copy
from bot.pictures.copier import CopyLimits, PictureCopier
from tests.support.photos import photo

pytestmark = pytest.mark.processes


def program(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run this Python program in place of the one that copies."""
    (folder / "program.py").write_text(text)
    monkeypatch.setattr(jpeg_copy, "__file__", str(folder / "program.py"))


async def refusal(copier: PictureCopier, source: Path) -> ReferenceUnusable | LocalFailure:
    """Return why there is no copy; nothing is left of it."""
    target = source.with_name("copy.jpg")
    with pytest.raises((ReferenceUnusable, LocalFailure)) as refused:
        await copier.copy(source, target)
    assert not target.exists()
    return refused.value


def reason(error: ReferenceUnusable | LocalFailure) -> str:
    return error.problem if isinstance(error, ReferenceUnusable) else "local"


async def test_a_picture_is_copied(tmp_path: Path):
    (tmp_path / "photo.jpg").write_bytes(photo(300, 200))

    picture = await PictureCopier().copy(tmp_path / "photo.jpg", tmp_path / "copy.jpg")

    assert (picture.format, picture.width, picture.height) == ("jpeg", 300, 200)
    assert pyvips.Image.jpegload(str(picture.path)).width == 300


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not-picture"),
        (b"<html>", "not-picture"),
        (photo(300, 200)[:3000], "not-picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "not-picture"),
    ],
)
async def test_what_is_no_whole_picture_is_refused(tmp_path: Path, content: bytes, problem: str):
    (tmp_path / "file").write_bytes(content)

    assert reason(await refusal(PictureCopier(), tmp_path / "file")) == problem


async def test_the_format_that_is_not_read_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program(tmp_path, 'print(\'{"problem": "format", "detail": "jp2"}\')', monkeypatch)

    error = await refusal(PictureCopier(), tmp_path / "file")

    assert (reason(error), error.facts["format"]) == ("unread-format", "JPEG 2000")


async def test_a_bomb_is_stopped_by_the_memory_limit(tmp_path: Path):
    # Some kilobytes of lossless WebP for 16 megapixels, all of which its decoder holds.
    pyvips.Image.black(4_000, 4_000).webpsave(str(tmp_path / "bomb.webp"), lossless=True, effort=0)
    limits = CopyLimits(memory=50_000_000)

    assert reason(await refusal(PictureCopier(limits), tmp_path / "bomb.webp")) == "pixels"


async def test_a_bomb_is_stopped_by_its_header(tmp_path: Path):
    header = b"IHDR" + (60_000).to_bytes(4) + (60_000).to_bytes(4) + b"\x08\x02\0\0\0"
    chunk = (13).to_bytes(4) + header + zlib.crc32(header).to_bytes(4)
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IDAT5\xaf\x06\x1e")

    assert reason(await refusal(PictureCopier(), tmp_path / "bomb.png")) == "pixels"


async def test_endless_work_is_stopped_by_the_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program(
        tmp_path,
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass",
        monkeypatch,
    )

    error = await refusal(PictureCopier(), tmp_path / "file")

    assert (reason(error), error.detail) == ("pixels", "takes too long to decode")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})", "local"),
        (f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})", "not-picture"),
        ("import a_library_that_is_missing", "local"),
        ("import sys; sys.exit(1)", "local"),
        ("print('[]')", "not-picture"),
        ("print('x' * 99_999)", "not-picture"),
        ('print(\'{"problem": "memory"}\')', "pixels"),
        ('print(\'{"problem": "failed", "detail": "No space left on device", "errno": 28}\')', "local"),
        ('print(\'{"problem": "failed", "detail": "unable to write: No space left on device"}\')', "local"),
    ],
)
async def test_whatever_happens_to_the_process_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str
):
    program(tmp_path, text, monkeypatch)

    assert reason(await refusal(PictureCopier(), tmp_path / "file")) == problem


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
async def test_a_full_disk_is_no_fault_of_the_picture(tmp_path: Path):
    (tmp_path / "photo.jpg").write_bytes(photo(300, 200))
    (tmp_path / "copy.jpg").symlink_to("/dev/full")

    error = await refusal(PictureCopier(), tmp_path / "photo.jpg")

    assert isinstance(error, LocalFailure) and "No space left" in error.detail


@pytest.mark.parametrize("lacking", ["RLIMIT_NOFILE", "RLIMIT_AS"])
async def test_a_machine_that_lacks_something_is_no_fault_of_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
):
    (tmp_path / "photo.jpg").write_bytes(photo(300, 200))
    few = {"RLIMIT_NOFILE": 3, "RLIMIT_AS": 30_000_000}[lacking]
    limit = f"import resource, runpy; resource.setrlimit(resource.{lacking}, ({few}, {few}))\n"
    run = f"runpy.run_path({jpeg_copy.__file__!r}, run_name='__main__')"
    program(tmp_path, limit + run, monkeypatch)

    assert reason(await refusal(PictureCopier(), tmp_path / "photo.jpg")) == "local"


async def test_a_process_without_a_processor_is_no_fault_of_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    program(tmp_path, "import signal; signal.pause()", monkeypatch)

    assert reason(await refusal(PictureCopier(CopyLimits(wall_seconds=1)), tmp_path / "file")) == "local"


async def test_a_process_that_cannot_be_started_is_no_fault_of_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(copier.sys, "executable", str(tmp_path / "missing"))

    assert reason(await refusal(PictureCopier(), tmp_path / "file")) == "local"


async def test_the_process_sees_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISCORD_TOKEN", "made-up-secret")
    program(
        tmp_path,
        "import json, os; print(json.dumps({'problem': 'not-picture', 'detail': ' '.join(os.environ)}))",
        monkeypatch,
    )

    assert "DISCORD_TOKEN" not in (await refusal(PictureCopier(), tmp_path / "file")).detail


async def test_a_cancelled_copy_ends_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    started = tmp_path / "started"
    os.mkfifo(started)
    program(
        tmp_path,
        f"import os, signal; open({str(started)!r}, 'w').write(str(os.getpid())); signal.pause()",
        monkeypatch,
    )
    copying = asyncio.create_task(PictureCopier().copy(tmp_path / "file", tmp_path / "copy.jpg"))
    pid = int(await asyncio.to_thread(started.read_text))

    copying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await copying

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_only_so_many_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    running: set[int] = set()
    most = 0
    real = PictureCopier._copy  # pyright: ignore[reportPrivateUsage]  # what a slot holds

    async def counted(self: PictureCopier, source: Path, target: Path) -> object:
        nonlocal most
        running.add(id(target))
        most = max(most, len(running))
        try:
            return await real(self, source, target)
        finally:
            running.discard(id(target))

    monkeypatch.setattr(PictureCopier, "_copy", counted)
    (tmp_path / "photo.jpg").write_bytes(photo(30, 20))
    shared = PictureCopier(at_once=2)

    await asyncio.gather(*(shared.copy(tmp_path / "photo.jpg", tmp_path / f"{n}.jpg") for n in range(4)))

    assert most == 2
