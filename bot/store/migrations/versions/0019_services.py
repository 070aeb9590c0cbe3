"""Health, calls and waiting jobs by service and model; the health so far was that of the relay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_CHANGED_COLUMNS = {
    False: ("turn", "id & -4096", "size"),
    True: ("turn", "id & -4096", "size", "coalesce(model, '')"),
}
_KEY = {False: ("turn", "first_id", "size"), True: ("turn", "first_id", "size", "model")}


def upgrade() -> None:
    """Name the relay's row, and count what waits by model, too."""
    with op.batch_alter_table("pool") as pool:
        pool.add_column(sa.Column("service", sa.Text, nullable=False, server_default="relay"))
    with op.batch_alter_table("pool") as pool:
        pool.alter_column("service", server_default=None)
        pool.create_unique_constraint("uq_pool_service", ["service"])
    op.add_column("relay_calls", sa.Column("model", sa.String(100)))
    _recount(by_model=True)


def downgrade() -> None:
    """Keep the health of the relay alone."""
    _recount(by_model=False)
    op.drop_column("relay_calls", "model")
    op.execute("DELETE FROM pool WHERE service <> 'relay'")
    with op.batch_alter_table("pool") as pool:
        pool.drop_constraint("uq_pool_service", type_="unique")
        pool.drop_column("service")


def _recount(*, by_model: bool) -> None:
    """Replace the counts of waiting jobs and the triggers that keep them."""
    shared = op.get_bind().dialect.name == "postgresql"
    for name in _triggers(by_model=by_model):
        op.execute(f"DROP TRIGGER {name} ON jobs" if shared else f"DROP TRIGGER {name}")
    op.drop_table("waiting_counts")
    op.create_table(
        "waiting_counts",
        sa.Column("turn", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("first_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("size", sa.String(8), primary_key=True),
        *([sa.Column("model", sa.String(100), primary_key=True)] if by_model else []),
        sa.Column("jobs", sa.Integer, nullable=False),
        sa.Column("pictures", sa.Integer, nullable=False),
    )
    functions = {"count_waiting": _add(by_model), "uncount_waiting": _remove(by_model)}
    for name, body in functions.items():
        if shared:
            block = f"BEGIN {body} RETURN NULL; END"
            op.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {block} $$"
            )
    for name, (event, when, function) in _triggers(by_model=by_model).items():
        run = f"EXECUTE FUNCTION {function}()" if shared else f"BEGIN {functions[function]} END"
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON jobs FOR EACH ROW WHEN ({when}) {run}")
    # After the triggers, which lock the table: no job can be missed.
    key, values = ", ".join(_KEY[by_model]), ", ".join(_CHANGED_COLUMNS[by_model])
    op.execute(
        f"INSERT INTO waiting_counts ({key}, jobs, pictures) SELECT {values}, count(*), sum(amount)"  # noqa: S608  # no input
        f" FROM jobs WHERE state = 'waiting' GROUP BY {values}"
    )


def _add(by_model: bool) -> str:
    key = ", ".join(_KEY[by_model])
    return f"""
        INSERT INTO waiting_counts ({key}, jobs, pictures)
        VALUES ({", ".join(_of("NEW", by_model))}, 1, NEW.amount)
        ON CONFLICT ({key}) DO UPDATE
        SET jobs = waiting_counts.jobs + 1, pictures = waiting_counts.pictures + excluded.pictures;
    """  # noqa: S608  # no input


def _remove(by_model: bool) -> str:
    pairs = zip(_KEY[by_model], _of("OLD", by_model), strict=True)
    old = " AND ".join(f"{column} = {value}" for column, value in pairs)
    return f"""
        UPDATE waiting_counts SET jobs = jobs - 1, pictures = pictures - OLD.amount WHERE {old};
        DELETE FROM waiting_counts WHERE {old} AND jobs = 0;
    """  # noqa: S608  # no input


def _of(row: str, by_model: bool) -> list[str]:
    """Return the values of the key of the counts for a row of jobs."""
    model = [f"coalesce({row}.model, '')"] if by_model else []
    return [f"{row}.turn", f"({row}.id & -4096)", f"{row}.size", *model]


def _triggers(*, by_model: bool) -> dict[str, tuple[str, str, str]]:
    columns = ["state", "turn", "size", *(["model"] if by_model else [])]
    old, new = (
        ", ".join(f"coalesce({row}.{name}, '')" if name == "model" else f"{row}.{name}" for name in columns)
        for row in ("OLD", "NEW")
    )
    update, changed = f"UPDATE OF {', '.join(columns)}", f"({old}) <> ({new})"
    return {
        "waiting_inserted": ("INSERT", "NEW.state = 'waiting'", "count_waiting"),
        "waiting_deleted": ("DELETE", "OLD.state = 'waiting'", "uncount_waiting"),
        "waiting_begun": (update, f"NEW.state = 'waiting' AND {changed}", "count_waiting"),
        "waiting_ended": (update, f"OLD.state = 'waiting' AND {changed}", "uncount_waiting"),
    }
