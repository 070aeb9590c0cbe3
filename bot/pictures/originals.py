"""Store of unmodified pictures: a folder, or a bucket of S3, Google Cloud or Azure."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.domain.errors import OperatorError
from bot.domain.models import Job
from bot.domain.ports import Originals

BUCKETS_MISSING = (
    "ORIGINALS_URL names a bucket, which needs one more package: pip install jimeng-discord[buckets]"
)


def open_originals(url: str) -> Originals:
    """Open the store at ``url``, such as ``file:///…``, ``s3://bucket/prefix``, ``gs://…`` or ``az://…``.

    Raises ``OperatorError`` if it can't be used.
    """
    if url.startswith("file://"):
        return FolderOriginals(Path(unquote(urlsplit(url).path)))
    try:
        from bot.pictures.bucket_originals import BucketOriginals
    except ModuleNotFoundError as error:
        raise OperatorError(BUCKETS_MISSING) from error
    return BucketOriginals(url)


def original_names(job: Job) -> dict[str, Path]:
    """Return the files of a job's pictures by the names under which they are stored."""
    return {f"{job.id}/{picture.path.name}": picture.path for picture in job.pictures}


class FolderOriginals:
    """Stores pictures in a folder, which is created; raises ``OperatorError`` where that fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OperatorError(f"ORIGINALS_URL can't be used: {error}") from error

    async def keep(self, job: Job) -> tuple[str, ...]:
        """Store a job's pictures and return their names; idempotent."""
        names = original_names(job)
        try:
            for name, path in names.items():
                await asyncio.to_thread(self._copy, path, name)
        except OSError as error:
            raise OperatorError(f"an original can't be kept: {error}") from error
        return tuple(names)

    async def read(self, name: str) -> bytes | None:
        """Return a picture's bytes, or None if it was deleted."""
        try:
            return await asyncio.to_thread((self._folder / name).read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OperatorError(f"an original can't be read: {error}") from error

    async def size(self, name: str) -> int | None:
        """Return a picture's size in bytes, or None if it was deleted."""
        try:
            return (await asyncio.to_thread((self._folder / name).stat)).st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OperatorError(f"an original can't be read: {error}") from error

    async def link(self, name: str) -> str | None:
        """Return None: a folder has no links."""
        return None

    async def forget(self, names: Sequence[str]) -> None:
        """Delete pictures; missing ones are ignored."""
        try:
            await asyncio.to_thread(self._delete, names)
        except OSError as error:
            raise OperatorError(f"an original can't be deleted: {error}") from error

    def _copy(self, path: Path, name: str) -> None:
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        shutil.copyfile(path, partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)

    def _delete(self, names: Sequence[str]) -> None:
        for name in names:
            path = self._folder / name
            path.unlink(missing_ok=True)
            with suppress(OSError):  # until it is empty
                path.parent.rmdir()
