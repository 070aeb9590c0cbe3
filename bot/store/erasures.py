"""What was erased on request, so that a restored backup doesn't bring it back.

The rows hold ids alone, and are also written to a list beside the database and beside each backup: when an
older backup is restored, the newer database may be lost.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, delete, insert, select

from bot.domain.errors import OperatorError
from bot.store.db.tables import erasures

ErasureKind = Literal["member", "request"]

RETENTION = 400 * 86_400.0
"""Seconds for which an erasure is remembered; an older backup must not be restored."""
FILE_NAME = "erasures.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Erasure:
    """All data of a member, or the answer of one request, was erased at a time in seconds since the epoch.

    ``keep_opt_out`` says that the member's refusal of remixes was kept.
    """

    at: float
    kind: ErasureKind
    id: int
    keep_opt_out: bool = False


def record_erasure(connection: Connection, erasure: Erasure) -> None:
    """Store an erasure; the same one again changes nothing."""
    known = (erasures.c.kind == erasure.kind) & (erasures.c.id == erasure.id) & (erasures.c.at == erasure.at)
    connection.execute(delete(erasures).where(known))
    connection.execute(insert(erasures).values(asdict(erasure)))


def stored_erasures(connection: Connection) -> list[Erasure]:
    """Return the stored erasures, oldest first."""
    rows = connection.execute(select(erasures).order_by(erasures.c.at))
    return [Erasure(at=row.at, kind=row.kind, id=row.id, keep_opt_out=row.keep_opt_out) for row in rows]


def delete_outdated(connection: Connection, now: float) -> None:
    """Delete the erasures that are older than ``RETENTION``."""
    connection.execute(delete(erasures).where(erasures.c.at < now - RETENTION))


class ErasureList:
    """A private file with one JSON object a line for each erasure."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> list[Erasure]:
        """Return the listed erasures, oldest first; raise ``OperatorError`` for a file that isn't a list."""
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeError) as error:
            raise OperatorError(f"{self._file} can't be read: {error}") from error
        try:
            return sorted({Erasure(**json.loads(line)) for line in lines if line.strip()})
        except (ValueError, TypeError) as error:
            raise OperatorError(f"{self._file} isn't a list of erasures: {error}") from error

    def merge(self, more: Iterable[Erasure], *, now: float) -> None:
        """Add erasures, and drop outdated ones; raise ``OSError`` or ``OperatorError``."""
        listed = self.read()
        wanted = sorted({each for each in (*listed, *more) if each.at >= now - RETENTION})
        if wanted == listed:
            return
        partial = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        descriptor = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(each)) + "\n" for each in wanted)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._file)
