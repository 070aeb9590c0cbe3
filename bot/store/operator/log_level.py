"""Tells all processes at which level to log."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from bot.domain.controls.acts import Act
from bot.store.controls.acts import record_act
from bot.store.db.notifications import notify
from bot.store.db.postgres import is_shared
from bot.store.db.transactions import write


class LogLevelStore:
    """Audits changes of the level in ``engine``, and notifies every process of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def notifies(self) -> bool:
        """Whether this process is notified of its own changes as well."""
        return is_shared(self._engine)

    async def change(self, level: str, act: Act, *, now: float) -> None:
        """Audit a change and notify every process."""

        def work(connection: Connection) -> None:
            record_act(connection, act, now=now)
            notify(connection, "log-level", level)

        await write(self._engine, work)
