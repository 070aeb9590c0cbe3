"""Rate limiting of hints: at most one of each kind per member and period, over all processes."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.models import HintKind
from bot.store.db.tables import hints
from bot.store.db.transactions import write


class HintStore:
    """Records in ``engine`` which hints were shown; each may be repeated after ``interval`` seconds."""

    def __init__(self, engine: AsyncEngine, *, interval: float = 86_400.0) -> None:
        self._engine = engine
        self._interval = interval

    async def claim(self, user_id: int, kind: HintKind, *, now: float) -> bool:
        """Return whether the hint may be shown to a member now, and record that it is."""

        async def claim(connection: AsyncConnection) -> bool:
            await connection.execute(delete(hints).where(hints.c.at <= now - self._interval))
            shown = select(hints.c.user_id).where(hints.c.user_id == user_id, hints.c.kind == kind)
            if await connection.scalar(shown) is not None:
                return False
            await connection.execute(insert(hints).values(user_id=user_id, kind=kind, at=now))
            return True

        try:
            return await write(self._engine, claim)
        except IntegrityError:  # another process was faster
            return False
