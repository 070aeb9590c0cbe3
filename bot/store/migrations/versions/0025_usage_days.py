"""What each day's requests used and cost, which triggers keep up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


class _RollUp(NamedTuple):
    """A table of sums over jobs, by a key of expressions of a ``{row}`` of jobs."""

    table: str
    key: Mapping[str, str]


_DAY = "{day}"
_SERVER = "coalesce({row}.guild_id, 0)"
_CURRENCY = "coalesce({row}.currency, '')"
_MODEL = "coalesce({row}.model, '')"
# In the order in which a page groups them.
_ROLL_UPS = (
    _RollUp(
        table="member_days",
        key={"day": _DAY, "user_id": "{row}.user_id", "guild_id": _SERVER, "currency": _CURRENCY},
    ),
    _RollUp(
        table="server_days", key={"day": _DAY, "currency": _CURRENCY, "model": _MODEL, "guild_id": _SERVER}
    ),
)
_SUMS = {
    "requests": "1",
    "pictures": "json_array_length({row}.pictures)",
    "failed": "(CASE WHEN {row}.state = 'done' AND {row}.drawn_at IS NULL THEN 1 ELSE 0 END)",
    "cost": "{row}.cost",
}
_CHANGING = "created_at, guild_id, user_id, model, state, drawn_at, pictures, cost, currency"


def upgrade() -> None:
    """Create the sums and their triggers, and fill them."""
    _create_tables()
    shared = op.get_bind().dialect.name == "postgresql"
    for roll_up in _ROLL_UPS:
        for name, (event, body) in _triggers(roll_up, shared).items():
            if shared:
                block = f"BEGIN {body} RETURN NULL; END"
                op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {block} $$")
            run = f"EXECUTE FUNCTION {name}()" if shared else f"BEGIN {body} END"
            op.execute(f"CREATE TRIGGER {name} AFTER {event} {run}")
    # After the triggers, which lock the table: no job can be missed.
    for roll_up in _ROLL_UPS:
        op.execute(_fill(roll_up, shared))


def downgrade() -> None:
    """Drop the sums and their triggers."""
    shared = op.get_bind().dialect.name == "postgresql"
    for roll_up in _ROLL_UPS:
        for name in _triggers(roll_up, shared):
            op.execute(f"DROP TRIGGER {name} ON jobs" if shared else f"DROP TRIGGER {name}")
            if shared:
                op.execute(f"DROP FUNCTION {name}()")
        op.drop_table(roll_up.table)


def _create_tables() -> None:
    op.create_table(
        "member_days",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("currency", sa.String(8), primary_key=True),
        *_sum_columns(),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "server_days",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("currency", sa.String(8), primary_key=True),
        sa.Column("model", sa.String(100), primary_key=True),
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        *_sum_columns(),
        sqlite_with_rowid=False,
    )


def _sum_columns() -> Iterator[sa.Column[int]]:
    for name in _SUMS:
        yield sa.Column(name, sa.BigInteger if name == "cost" else sa.Integer, nullable=False)


def _written(text: str, row: str, shared: bool) -> str:
    # A cast rounds on PostgreSQL; SQLite may have been built without floor().
    day = (
        "CAST(floor({row}.created_at / 86400) AS INTEGER)"
        if shared
        else "CAST({row}.created_at / 86400 AS INTEGER)"
    )
    return text.replace("{day}", day).replace("{row}", row)


def _values(roll_up: _RollUp, row: str, shared: bool) -> list[str]:
    return [_written(text, row, shared) for text in (*roll_up.key.values(), *_SUMS.values())]


def _add(roll_up: _RollUp, shared: bool) -> str:
    sums = ", ".join(f"{name} = {roll_up.table}.{name} + excluded.{name}" for name in _SUMS)
    return f"""
        INSERT INTO {roll_up.table} ({", ".join((*roll_up.key, *_SUMS))})
        VALUES ({", ".join(_values(roll_up, "NEW", shared))})
        ON CONFLICT ({", ".join(roll_up.key)}) DO UPDATE SET {sums};
    """  # noqa: S608  # no input


def _remove(roll_up: _RollUp, shared: bool) -> str:
    same = " AND ".join(f"{name} = {_written(text, 'OLD', shared)}" for name, text in roll_up.key.items())
    sums = ", ".join(f"{name} = {name} - {_written(text, 'OLD', shared)}" for name, text in _SUMS.items())
    return f"""
        UPDATE {roll_up.table} SET {sums} WHERE {same};
        DELETE FROM {roll_up.table} WHERE {same} AND requests = 0;
    """  # noqa: S608  # no input


def _fill(roll_up: _RollUp, shared: bool) -> str:
    key = [_written(text, "jobs", shared) for text in roll_up.key.values()]
    sums = [f"sum({_written(text, 'jobs', shared)})" for text in _SUMS.values()]
    return f"""
        INSERT INTO {roll_up.table} ({", ".join((*roll_up.key, *_SUMS))})
        SELECT {", ".join([*key, *sums])} FROM jobs GROUP BY {", ".join(key)}
    """  # noqa: S608  # no input


def _triggers(roll_up: _RollUp, shared: bool) -> dict[str, tuple[str, str]]:
    """Return the event with its condition, and what is done, of each trigger."""
    old, new = (", ".join(_values(roll_up, row, shared)) for row in ("OLD", "NEW"))
    changed = f"UPDATE OF {_CHANGING} ON jobs FOR EACH ROW WHEN (({old}) <> ({new}))"
    add, remove = _add(roll_up, shared), _remove(roll_up, shared)
    # What is new is added first: a row that stays isn't deleted and inserted again.
    return {
        f"{roll_up.table}_inserted": ("INSERT ON jobs FOR EACH ROW", add),
        f"{roll_up.table}_deleted": ("DELETE ON jobs FOR EACH ROW", remove),
        f"{roll_up.table}_changed": (changed, add + remove),
    }
