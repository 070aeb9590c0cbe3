"""Copies pictures of strangers as JPEG, each in a process of its own, so that a hostile file harms nobody.

The process has no secrets in its environment, and limits on its memory, time and output.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from bot.domain.errors import LocalFailure, ReferenceUnusable
from bot.domain.local_failures import local_failure
from bot.domain.models import Picture
from bot.pictures import jpeg_copy

_MAX_OUTPUT = 4_096
"""Bytes of the outcome that are read."""
_FORMAT_NAMES = {"heic": "HEIC", "jxl": "JPEG XL", "jp2": "JPEG 2000", "bmp": "BMP", "ico": "ICO"}
"""Formats that only the optional decoders read, as people know them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLimits:
    """Limits of one copy: of the process in bytes and seconds, of the picture, and of the copy itself."""

    memory: int = 400_000_000
    cpu_seconds: int = 20
    wall_seconds: int = 60
    """Above ``cpu_seconds``: a process that reaches it had no processor, which isn't its picture's fault."""
    max_pixels: int = 150_000_000
    copy_pixels: int = 16_777_216
    copy_bytes: int = 8_000_000


class PictureCopier:
    """Copies pictures, at most ``at_once`` at the same time."""

    def __init__(self, limits: CopyLimits | None = None, *, at_once: int = 2) -> None:
        self._limits = limits or CopyLimits()
        self._slots = asyncio.Semaphore(at_once)

    async def copy(self, source: Path, target: Path) -> Picture:
        """Write a JPEG without metadata, upright and in sRGB; of an animation it is the first frame.

        Raises ``ReferenceUnusable``, or ``LocalFailure`` where this machine is at fault. A failed copy leaves
        no file.
        """
        async with self._slots:
            try:
                return await self._copy(source, target)
            except BaseException:
                remove(target)
                raise

    async def _copy(self, source: Path, target: Path) -> Picture:
        try:
            with _output_file() as output:
                status = await self._run(source, target, output)
                output.seek(0)
                width, height = _sides(output.read(_MAX_OUTPUT), status)
        except OSError as error:
            raise LocalFailure(f"a picture can't be copied: {error.strerror}") from error
        return Picture(path=target, format="jpeg", width=width, height=height)

    async def _run(self, source: Path, target: Path, output: IO[bytes]) -> int:
        """Run the program to its end and return its exit status."""
        process = await self._start(source, target, output)
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                return await process.wait()
        except TimeoutError as error:
            raise LocalFailure("a picture's copy had no processor in time") from error
        finally:
            await _kill(process)

    async def _start(self, source: Path, target: Path, output: IO[bytes]) -> Process:
        limits = self._limits
        order = {
            "source": str(source),
            "target": str(target),
            "memory": limits.memory,
            "cpu_seconds": limits.cpu_seconds,
            "wall_seconds": limits.wall_seconds,
            "max_pixels": limits.max_pixels,
            "copy_pixels": limits.copy_pixels,
            "copy_bytes": limits.copy_bytes,
        }
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            jpeg_copy.__file__,
            json.dumps(order),
            stdin=DEVNULL,
            stdout=output,
            stderr=DEVNULL,
            # One thread decodes: memory and time are those of the picture alone.
            env={"VIPS_CONCURRENCY": "1", "LANG": "C.UTF-8"},
            start_new_session=True,
        )


def remove(file: Path) -> None:
    """Delete a file if there is one, as far as that is possible."""
    with suppress(OSError):
        file.unlink()


def _output_file() -> IO[bytes]:
    """Open a file for what a process prints: in memory, so that it can still report a full disk.

    A pipe that isn't read to its end would keep the process from being waited for.
    """
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("outcome"), "w+b")
    return TemporaryFile()


async def _kill(process: Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _sides(output: bytes, status: int) -> tuple[int, int]:
    """Return the copy's sides; raise what the outcome of its process means."""
    try:
        outcome: Any = json.loads(output)
        if "problem" not in outcome:
            return int(outcome["width"]), int(outcome["height"])
    except (ValueError, TypeError, LookupError):
        raise _crash(status) from None
    raise _problem(outcome)


def _crash(status: int) -> ReferenceUnusable | LocalFailure:
    """Return the error of a process that ended without an outcome."""
    if status == -signal.SIGXCPU:
        return ReferenceUnusable("pixels", "takes too long to decode")
    if status > 0 or status in (-signal.SIGKILL, -signal.SIGALRM, -signal.SIGTERM):
        # It reports whatever the picture raises; without that it couldn't start, or load the decoders.
        return LocalFailure(f"the process of a picture's copy was ended ({status})")
    return ReferenceUnusable("not-picture", f"its decoder crashed ({status})")


def _problem(outcome: dict[str, Any]) -> ReferenceUnusable | LocalFailure:
    problem, detail = str(outcome["problem"]), str(outcome.get("detail", ""))
    match problem:
        case "not-picture" | "pixels" | "too-big":
            return ReferenceUnusable(problem, detail)
        case "format":
            return ReferenceUnusable("unread-format", detail, form=_FORMAT_NAMES.get(detail, detail.upper()))
        case "memory":
            # The process's own limit; where the machine has no memory, the kernel kills it instead.
            return ReferenceUnusable("pixels", "needs too much memory")
        case _:
            failure = local_failure(_error(outcome.get("errno"), detail))
            return failure or ReferenceUnusable("not-picture", f"doesn't decode: {detail}")


def _error(number: object, detail: str) -> Exception:
    """Return the exception that the process reported."""
    return OSError(number, detail) if isinstance(number, int) else RuntimeError(detail)
