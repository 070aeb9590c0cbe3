"""Copies rows between databases of the same schema, in the values of the drivers.

SQLAlchemy's own statements would parse and format every JSON value, and take several times as long.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Table,
    delete,
    func,
    select,
    text,
)

from bot.domain.errors import OperatorError
from bot.store.db.redaction import redact
from bot.store.db.schema.indexes import create_indexes, drop_indexes
from bot.store.db.tables import identifies, jobs, metadata, pool, relay_calls

Batch = Sequence[Sequence[Any]]
"""Rows of one table."""

# Only of use to running processes.
_LEFT_OUT = (pool, relay_calls, identifies)
COPIED = [table for table in metadata.sorted_tables if table not in _LEFT_OUT]
"""The tables whose rows are copied."""
_BATCH = 500
_EMPTY_JSON = ("[]", "{}")
_NO_IDLE_TIMEOUT = text("SET LOCAL idle_in_transaction_session_timeout = 0")
_SQLITE_TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
_LAST_SQLITE_ID = text("SELECT seq FROM sqlite_sequence WHERE name = :name")


def copy_tables(source: Connection, target: Connection, *, indexes: bool = True) -> dict[str, int]:
    """Copy all rows with their ids into empty tables, and return the number of rows by table.

    Ids go on after the last one of ``source``. Without ``indexes`` they are left to who opens the target
    next. Raises ``OperatorError`` if rows are missing at the end.
    """
    for connection in (source, target):
        if _is_postgres(connection):
            connection.execute(_NO_IDLE_TIMEOUT)
    # Built at the end, they take a fraction of the time.
    drop_indexes(target)
    with _driver_errors(source), _driver_errors(target), _without_triggers(target):
        for table in COPIED:
            # Closed also after an error: an open copy keeps the connection locked.
            with closing(_batches(source, table)) as batches:
                _insert(target, table, _ahead(batches) if _is_postgres(source) else batches)
            if "id" in table.c and table.c.id.autoincrement is True:
                set_last_id(target, table, last_id(source, table))
    if indexes:
        create_indexes(target)
    return _compare_counts(source, target)


def is_empty(connection: Connection) -> bool:
    """Whether no table has rows that would be copied."""
    return all(connection.execute(select(1).select_from(table).limit(1)).first() is None for table in COPIED)


def delete_rows(connection: Connection) -> None:
    """Delete all rows that would be copied."""
    for table in COPIED:
        connection.execute(delete(table))


def set_last_id(connection: Connection, table: Table, last: int) -> None:
    """Let a table give only ids after ``last``, or after those that it gave before."""
    last = max(last, last_id(connection, table))
    if last and _is_postgres(connection):
        sequence = func.pg_get_serial_sequence(table.name, "id")
        connection.execute(select(func.setval(sequence, last)))
    elif last and table.dialect_options["sqlite"]["autoincrement"]:
        row = {"name": table.name, "last": last}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), row)
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), row)


@contextmanager
def _without_triggers(connection: Connection) -> Generator[None]:
    """Switch off what counts waiting jobs, as the counts are copied, too."""
    if _is_postgres(connection):
        connection.execute(text(f"ALTER TABLE {jobs.name} DISABLE TRIGGER USER"))
        yield
        connection.execute(text(f"ALTER TABLE {jobs.name} ENABLE TRIGGER USER"))
        return
    triggers = connection.execute(_SQLITE_TRIGGERS).all()
    for name, _ in triggers:
        connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, definition in triggers:
        connection.exec_driver_sql(definition)


@contextmanager
def _driver_errors(connection: Connection) -> Generator[None]:
    try:
        yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise OperatorError(f"rows can't be copied: {redact(error, connection.engine.url)}") from error


def last_id(connection: Connection, table: Table) -> int:
    """Return the last id that a table gave or has."""
    newest = connection.scalar(select(func.max(table.c.id))) or 0
    if _is_postgres(connection):
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, "id")))
        given = connection.scalar(text(f"SELECT last_value FROM {sequence} WHERE is_called"))  # noqa: S608  # a name
    elif table.dialect_options["sqlite"]["autoincrement"]:
        given = connection.scalar(_LAST_SQLITE_ID, {"name": table.name})
    else:
        given = 0
    return max(newest, given or 0)


def _batches(source: Connection, table: Table) -> Generator[Batch]:
    order = ", ".join(column.name for column in table.primary_key)
    driver: Any = source.connection.driver_connection
    if _is_postgres(source):
        selected = ", ".join(_as_driver_value(column) for column in table.c)
        # With a name, the server keeps the rows until they are fetched; binary values are cheaper to read.
        cursor = driver.cursor(name=f"copy_{table.name}", binary=True)
    else:
        selected, cursor = _names(table), driver.cursor()
    with closing(cursor):
        cursor.execute(f"SELECT {selected} FROM {table.name} ORDER BY {order}")  # noqa: S608  # names
        while batch := cursor.fetchmany(_BATCH):
            yield batch


def _ahead(batches: Iterator[Batch]) -> Generator[Batch]:
    """Yield batches, the next one being read meanwhile: the server works while its rows are written."""
    with ThreadPoolExecutor(1, thread_name_prefix="copy") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _insert(target: Connection, table: Table, batches: Iterable[Batch]) -> None:
    driver: Any = target.connection.driver_connection
    if not _is_postgres(target):
        for batch in batches:
            _insert_into_sqlite(driver, table, batch)
        return
    with driver.cursor().copy(f"COPY {table.name} ({_names(table)}) FROM STDIN") as copy:
        for batch in batches:
            for row in batch:
                copy.write_row(row)


def _insert_into_sqlite(driver: Any, table: Table, batch: Batch) -> None:
    """Insert rows; what is the same in all of them is part of the statement, as binding values costs most."""
    columns = list(zip(*batch, strict=True))
    values = [_shared_value(column, cells) for column, cells in zip(table.c, columns, strict=True)]
    bound = zip(*(cells for cells, value in zip(columns, values, strict=True) if value == "?"), strict=True)
    statement = f"INSERT INTO {table.name} ({_names(table)}) VALUES ({', '.join(values)})"  # noqa: S608  # no input
    driver.executemany(statement, bound)


def _shared_value(column: Column[Any], cells: Sequence[Any]) -> str:
    """Return the literal of what all rows share: a number, empty JSON or NULL; else a bound value's."""
    first = cells[0]
    # The last one tells most columns that aren't shared without a look at all.
    if column.primary_key or cells[-1] != first or cells.count(first) < len(cells):
        return "?"
    return _literal(first)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if value in _EMPTY_JSON:
        return f"'{value}'"
    return str(value) if type(value) is int else "?"


def _compare_counts(source: Connection, target: Connection) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in COPIED:
        count = select(func.count()).select_from(table)
        wanted, found = source.scalar(count) or 0, target.scalar(count) or 0
        if wanted != found:
            raise OperatorError(f"{found} of {wanted} rows of {table.name} were copied; nothing is changed")
        counts[table.name] = found
    return counts


def _names(table: Table) -> str:
    return ", ".join(column.name for column in table.c)


def _as_driver_value(column: Column[Any]) -> str:
    # As text, or the driver would parse it; and numbers take the driver of SQLite less time than booleans.
    kinds = {JSON: "::text", Boolean: "::int"}
    return column.name + next((cast for kind, cast in kinds.items() if isinstance(column.type, kind)), "")


def _is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
