"""Changes the schema of a database on demand, forwards or back."""

from __future__ import annotations

from sqlalchemy.engine import make_url

from bot.domain.errors import OperatorError
from bot.store.db.engine import connected_engine, exclusive_access, open_engine
from bot.store.db.other_processes import write_alone
from bot.store.db.schema.migration import downgrade, newest_revision, read_revision, revisions
from bot.store.db.schema.space import use_incremental_vacuum
from bot.store.db.transactions import read, threads_of


async def change_schema(url: str, target: str | None) -> tuple[str | None, str]:
    """Migrate to the newest schema, or back to ``target``; return the one before and the one after.

    Raises ``OperatorError`` for an unknown one, or while other processes use the database.
    """
    address = make_url(url)
    if target is not None and target not in revisions():
        raise OperatorError(f"{target} is no schema of this version: the newest one is {newest_revision()}")
    with exclusive_access(address):
        async with connected_engine(address) as engine:
            before = await read(engine, read_revision)
            if target is not None and target > (before or ""):
                raise OperatorError(f"{target} isn't before the present schema, {before or 'an empty one'}")
            if target is not None:
                await write_alone(engine, lambda connection: downgrade(connection, target))
                return before, target
    async with open_engine(url) as engine:
        await threads_of(engine).write(lambda: use_incremental_vacuum(engine))
    return before, newest_revision()
