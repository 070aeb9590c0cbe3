"""Who was given a hint lately: one of a kind in a while, however many processes give them."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.models import HintKind
from bot.store.db.tables import hints
from bot.store.db.transactions import transact


class Hints:
    """Remembers hints in ``engine``, each for ``pause`` seconds."""

    def __init__(self, engine: AsyncEngine, *, pause: float = 86_400.0) -> None:
        self._engine = engine
        self._pause = pause

    async def take(self, user_id: int, kind: HintKind, *, now: float) -> bool:
        """Whether a person may be given such a hint now; to be told so is to have been given one."""

        async def take(connection: AsyncConnection) -> bool:
            await connection.execute(delete(hints).where(hints.c.at <= now - self._pause))
            known = select(hints.c.user_id).where(hints.c.user_id == user_id, hints.c.kind == kind)
            if await connection.scalar(known) is not None:
                return False
            await connection.execute(insert(hints).values(user_id=user_id, kind=kind, at=now))
            return True

        try:
            return await transact(self._engine, take)
        except IntegrityError:  # another process was faster
            return False
