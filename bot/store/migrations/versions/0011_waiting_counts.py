"""Counts of the waiting jobs, which triggers keep up to date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# A row counts the jobs of one turn and size with ids from its first one to the next multiple of 4,096.
_FILL = """
    INSERT INTO waiting_counts (turn, first_id, size, jobs, pictures)
    SELECT turn, id & -4096, size, count(*), sum(amount) FROM jobs
    WHERE state = 'waiting' GROUP BY turn, id & -4096, size
"""
_ADD = """
    INSERT INTO waiting_counts (turn, first_id, size, jobs, pictures)
    VALUES (NEW.turn, NEW.id & -4096, NEW.size, 1, NEW.amount)
    ON CONFLICT (turn, first_id, size) DO UPDATE
    SET jobs = waiting_counts.jobs + 1, pictures = waiting_counts.pictures + excluded.pictures;
"""
_OLD = "turn = OLD.turn AND first_id = (OLD.id & -4096) AND size = OLD.size"
_REMOVE = f"""
    UPDATE waiting_counts SET jobs = jobs - 1, pictures = pictures - OLD.amount WHERE {_OLD};
    DELETE FROM waiting_counts WHERE {_OLD} AND jobs = 0;
"""  # noqa: S608  # no input
_FUNCTIONS = {"count_waiting": _ADD, "uncount_waiting": _REMOVE}
_UPDATE = "UPDATE OF state, turn, size"
_CHANGED = "(OLD.state, OLD.turn, OLD.size) <> (NEW.state, NEW.turn, NEW.size)"
_TRIGGERS = {
    "waiting_inserted": ("INSERT", "NEW.state = 'waiting'", "count_waiting"),
    "waiting_deleted": ("DELETE", "OLD.state = 'waiting'", "uncount_waiting"),
    "waiting_begun": (_UPDATE, f"NEW.state = 'waiting' AND {_CHANGED}", "count_waiting"),
    "waiting_ended": (_UPDATE, f"OLD.state = 'waiting' AND {_CHANGED}", "uncount_waiting"),
}

# By indexes that also have what claims filter by, or a constant that makes SQLite prefer them.
_REPLACED = {"waiting_turn": ["turn", "id"], "waiting_member": ["user_id", "turn", "id"]}


def upgrade() -> None:
    """Create the counts and their triggers, and count what waits."""
    op.create_table(
        "waiting_counts",
        sa.Column("turn", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("first_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("size", sa.String(8), primary_key=True),
        sa.Column("jobs", sa.Integer, nullable=False),
        sa.Column("pictures", sa.Integer, nullable=False),
    )
    shared = op.get_bind().dialect.name == "postgresql"
    for name, body in _FUNCTIONS.items():
        if shared:
            block = f"BEGIN {body} RETURN NULL; END"
            op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {block} $$")
    for name, (event, when, function) in _TRIGGERS.items():
        run = f"EXECUTE FUNCTION {function}()" if shared else f"BEGIN {_FUNCTIONS[function]} END"
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON jobs FOR EACH ROW WHEN ({when}) {run}")
    # After the triggers, which lock the table: no job can be missed.
    op.execute(_FILL)
    for name in _REPLACED:
        op.drop_index(f"ix_jobs_{name}", "jobs")


def downgrade() -> None:
    """Drop the counts and their triggers."""
    shared = op.get_bind().dialect.name == "postgresql"
    for name in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON jobs" if shared else f"DROP TRIGGER {name}")
    for name in _FUNCTIONS:
        if shared:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("waiting_counts")
    waiting = sa.text("state = 'waiting'")
    for name, columns in _REPLACED.items():
        op.create_index(f"ix_jobs_{name}", "jobs", columns, sqlite_where=waiting, postgresql_where=waiting)
