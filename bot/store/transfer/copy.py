"""Copies a database into another one, as from an SQLite file to PostgreSQL or back."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from bot.domain.errors import OperatorError
from bot.store.db.engine import connected_engine, exclusive_access, open_engine
from bot.store.db.other_processes import require_no_other_process, write_alone
from bot.store.transfer.files import require_file
from bot.store.transfer.snapshot import snapshot
from bot.store.transfer.table_copy import copy_tables, is_empty


async def copy_database(source: str, target: str) -> dict[str, int]:
    """Copy all rows, and return their number by table; raise ``OperatorError`` and change nothing.

    ``target`` must be empty, its tables are created. No process may use either of them meanwhile.
    """
    address = make_url(source)
    if address.get_backend_name() == "sqlite":
        require_file(Path(address.database or ""))
    with exclusive_access(address):
        async with connected_engine(address) as rows, open_engine(target) as engine:

            def copy(connection: Connection) -> dict[str, int]:
                if not is_empty(connection):
                    raise OperatorError("the target has data already: name an empty database")
                with snapshot(rows) as unchanged:
                    require_no_other_process(unchanged)
                    return copy_tables(unchanged, connection)

            return await write_alone(engine, copy)
