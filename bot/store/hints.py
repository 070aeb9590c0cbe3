"""Rate limiting of hints: at most one of each kind per member and period, over all processes."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from bot.domain.models import HintKind
from bot.store.db.tables import hints
from bot.store.db.transactions import write


class HintStore:
    """Records in ``engine`` which hints were shown; each may be repeated after ``interval`` seconds."""

    def __init__(self, engine: Engine, *, interval: float = 86_400.0) -> None:
        self._engine = engine
        self._interval = interval

    async def claim(self, user_id: int, kind: HintKind, *, now: float) -> bool:
        """Return whether the hint may be shown to a member now, and record that it is."""

        def claim(connection: Connection) -> bool:
            connection.execute(delete(hints).where(hints.c.at <= now - self._interval))
            shown = select(hints.c.user_id).where(hints.c.user_id == user_id, hints.c.kind == kind)
            if connection.scalar(shown) is not None:
                return False
            connection.execute(insert(hints).values(user_id=user_id, kind=kind, at=now))
            return True

        try:
            return await write(self._engine, claim)
        except IntegrityError:  # another process was faster
            return False
