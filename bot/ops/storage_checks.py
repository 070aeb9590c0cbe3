"""Checks of the database, the disk, the spool and the place of originals, which change nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.config.settings import Settings
from bot.domain.errors import OperatorError
from bot.ops.check_result import CheckResult
from bot.ops.control_checks import check_pause
from bot.ops.doctor import operator_message
from bot.ops.health import MIN_FREE_BYTES
from bot.worker import spool

_NO_SUCH_PICTURE = "doctor/none"


async def check_database(url: str) -> list[CheckResult]:
    """Check that the database can be opened, say what a start would change, and whether all is paused."""
    # Imported here: it takes a while.
    from bot.store.db.schema.inspection import inspect_database

    try:
        found = CheckResult(name="Database", ok=True, message=await inspect_database(url))
        return [found, *await check_pause(url)]
    except OperatorError as error:
        remedy = "Check DATABASE_URL and DATA_DIR in .env, and that this user may write there."
        return [CheckResult(name="Database", ok=False, message=operator_message(error), remedy=remedy)]


def check_storage(settings: Settings) -> Iterator[CheckResult]:
    """Yield results for the disk of DATA_DIR and the spool in it."""
    folder = _existing(settings.data_dir)
    free = shutil.disk_usage(folder).free
    yield CheckResult(
        name="Disk",
        ok=free >= MIN_FREE_BYTES,
        message=f"{free / 1e9:,.1f} GB are free for DATA_DIR",
        remedy="" if free >= MIN_FREE_BYTES else "Free space, or write another DATA_DIR.",
    )
    yield _check_spool(settings)


def _check_spool(settings: Settings) -> CheckResult:
    size, limit = spool.size(settings.spool), settings.spool_limit
    message = f"{size / 1e6:,.1f} MB of pictures that are not delivered yet"
    if limit is not None and size >= limit:
        remedy = "See whether Discord can be reached, or raise SPOOL_LIMIT_MB: no more pictures are drawn."
        return CheckResult(name="Spool", ok=False, message=message, remedy=remedy)
    return CheckResult(name="Spool", ok=True, message=message)


async def check_originals(url: str) -> CheckResult:
    """Check that the place of originals can be used, of a bucket by asking for a picture it doesn't have."""
    where = urlsplit(url)
    if where.scheme == "file":
        folder = _existing(Path(unquote(where.path)))
        problem = None if os.access(folder, os.W_OK) else f"this user may not write to {folder}"
    else:
        problem = await _bucket_problem(url)
    if problem is None:
        return CheckResult(name="Originals", ok=True, message=f"can be kept ({where.scheme})")
    remedy = "Check ORIGINALS_URL, and the credentials of its provider."
    return CheckResult(name="Originals", ok=False, message=problem, remedy=remedy)


async def _bucket_problem(url: str) -> str | None:
    # Imported here: it takes a while, and mostly originals are in a folder.
    from bot.pictures.originals import open_originals

    try:
        await open_originals(url).size(_NO_SUCH_PICTURE)
    except OperatorError as error:
        return operator_message(error)
    return None


def _existing(path: Path) -> Path:
    """Return a folder, or the nearest one above it that exists."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.is_dir())
