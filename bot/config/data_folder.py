"""The folder for the database, the spool and originals: private, and writable."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from bot.domain.errors import OperatorError

_PROBE_BYTES = 1 << 20


@contextmanager
def private_files() -> Generator[None]:
    """Create files and folders for this user only: they hold prompts, pictures and tokens."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def prepare(folder: Path) -> None:
    """Make sure that a folder is private and can be written; raise ``OperatorError``."""
    try:
        probe(folder)
        _make_private(folder)
    except OSError as error:
        raise OperatorError(f"{folder} (DATA_DIR) can't be written: {error.strerror}") from error


def probe(folder: Path) -> None:
    """Write a file into a folder and delete it; raise ``OSError`` when that isn't possible."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".probe-{uuid4().hex}"
    try:
        with path.open("wb") as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    finally:
        path.unlink(missing_ok=True)


def _make_private(folder: Path) -> None:
    """Restrict a folder that an earlier version created; only its owner can."""
    with suppress(PermissionError):
        folder.chmod(0o700)
        for path in folder.glob("*.db*"):
            path.chmod(0o600)
