"""Rate limiting of hints: at most one of a kind per member and its interval, over all processes."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from bot.domain.models import HINT_INTERVALS, HintKind
from bot.store.db.tables import hints
from bot.store.db.transactions import write


class HintStore:
    """Records in ``engine`` which hints were shown."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def claim(self, user_id: int, kind: HintKind, *, now: float) -> bool:
        """Return whether the hint may be shown to a member now, and record that it is."""

        def claim(connection: Connection) -> bool:
            over = hints.c.at <= now - HINT_INTERVALS[kind]
            connection.execute(delete(hints).where(hints.c.kind == kind, over))
            shown = select(hints.c.user_id).where(hints.c.user_id == user_id, hints.c.kind == kind)
            if connection.scalar(shown) is not None:
                return False
            connection.execute(insert(hints).values(user_id=user_id, kind=kind, at=now))
            return True

        try:
            return await write(self._engine, claim)
        except IntegrityError:  # another process was faster
            return False
