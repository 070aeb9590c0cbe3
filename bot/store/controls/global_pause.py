"""The pause of everything, which every claim reads with the health of the services."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, case, delete, insert, select, update

from bot.domain.controls.acts import Act
from bot.domain.controls.pause import GlobalPause
from bot.store.controls.acts import record_act
from bot.store.db.notifications import notify
from bot.store.db.tables import global_pause, jobs, pool
from bot.store.db.transactions import read, write
from bot.store.queue.fair_queue import state_is
from bot.store.queue.services.relay_state import lock_claims

_ONLY = 1
_FIND = select(global_pause.c.at, global_pause.c.notice)


class GlobalPauseStore:
    """Stores the pause in ``engine``; claims that are made once ``pause`` returned see it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def pause(self, pause: GlobalPause, act: Act) -> None:
        """Begin a pause, or change the notice of the present one, which began earlier."""

        def work(connection: Connection) -> None:
            lock_claims(connection)
            found = _read(connection)
            connection.execute(delete(global_pause))
            row = {"id": _ONLY, "at": found.at if found else pause.at, "notice": pause.notice}
            connection.execute(insert(global_pause), row)
            connection.execute(update(pool).values(paused=True))
            # Cards that show an earlier notice are edited again.
            connection.execute(update(jobs).where(state_is(jobs, "waiting")).values(card_ahead=None))
            record_act(connection, act, now=pause.at)
            notify(connection)

        await write(self._engine, work)

    async def resume(self, act: Act, *, now: float) -> GlobalPause | None:
        """End the pause and return it; None if there was none. What waited gets its time back."""

        def work(connection: Connection) -> GlobalPause | None:
            lock_claims(connection)
            found = _read(connection)
            if found is None:
                return None
            connection.execute(delete(global_pause))
            connection.execute(update(pool).values(paused=False))
            began = case((jobs.c.created_at > found.at, jobs.c.created_at), else_=found.at)
            waited = update(jobs).where(state_is(jobs, "waiting"))
            connection.execute(waited.values(deadline=jobs.c.deadline + (now - began)))
            record_act(connection, act, now=now)
            notify(connection)
            return found

        return await write(self._engine, work)

    async def current(self) -> GlobalPause | None:
        """Return the pause; None if there is none."""
        return await read(self._engine, _read)


def _read(connection: Connection) -> GlobalPause | None:
    row = connection.execute(_FIND).one_or_none()
    return None if row is None else GlobalPause(at=row.at, notice=row.notice)
