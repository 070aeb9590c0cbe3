"""Files that are whole on the disk, or not there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.domain.errors import OperatorError


@contextmanager
def new_file(file: Path) -> Generator[Path]:
    """Yield an empty private file that becomes ``file`` if nothing fails; raise ``OperatorError``.

    Its folder is created, for this user alone, if it doesn't exist.
    """
    if file.exists():
        raise OperatorError(f"{file} exists already: name a file that doesn't exist yet")
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise OperatorError(f"{file} can't be written: {error.strerror}") from error
    try:
        yield partial
        sync(partial)
        # Unlike a rename, a link doesn't replace a file that was created meanwhile.
        os.link(partial, file)
        sync(file.parent)
    except FileExistsError as error:
        raise OperatorError(f"{file} was created by somebody else meanwhile") from error
    except (OSError, sqlite3.Error) as error:
        raise OperatorError(f"the backup can't be written: {error}") from error
    finally:
        for path in (partial, *partial.parent.glob(f"{partial.name}?*")):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_file(file: Path) -> None:
    """Raise ``OperatorError`` where there is no database file."""
    if not file.is_file():
        raise OperatorError(f"there is no database at {file}")
