"""The processes with their state, and the steps of each job, which a trigger records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_MOST_STEPS = 40
# Of a job that is requeued or fails no column has the time.
_AT = """
    CASE NEW.state WHEN 'running' THEN NEW.started_at WHEN 'drawn' THEN NEW.drawn_at
    WHEN 'done' THEN NEW.finished_at WHEN 'cancelled' THEN NEW.finished_at END
"""
_NOW = {False: "(julianday('now') - 2440587.5) * 86400", True: "extract(epoch FROM clock_timestamp())"}
_TEXT = {False: "printf('%.3f', {at})", True: "round(({at})::numeric, 3)"}
_DETAIL = """
    CASE NEW.state
    WHEN 'running' THEN NEW.attempts || ' ' || coalesce(NEW.worker, '')
    WHEN 'waiting' THEN CASE WHEN NEW.lost > OLD.lost THEN 'lost' ELSE coalesce(NEW.last_error, '') END
    WHEN 'drawn' THEN '' || json_array_length(NEW.pictures)
    ELSE coalesce(NEW.problem, '') END
"""
_STEPPED = "NEW.state <> OLD.state"
_MOVED = "NEW.state = OLD.state AND coalesce(NEW.model, '') <> coalesce(OLD.model, '')"


def upgrade() -> None:
    """Create the table, the columns and the triggers; jobs so far have no steps."""
    op.create_table(
        "processes",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
    )
    op.add_column("jobs", sa.Column("steps", sa.Text))
    op.add_column("jobs", sa.Column("last_error", sa.String(64)))
    shared = op.get_bind().dialect.name == "postgresql"
    for name, (columns, when, line) in _triggers(shared).items():
        event = f"UPDATE OF {columns} ON jobs FOR EACH ROW WHEN ({when})"
        if not shared:
            append = f"UPDATE jobs SET steps = coalesce(steps, '') || {line} WHERE id = NEW.id"  # noqa: S608  # no input
            op.execute(f"CREATE TRIGGER {name} AFTER {event} BEGIN {append}; END")
            continue
        block = f"BEGIN NEW.steps := coalesce(OLD.steps, '') || {line}; RETURN NEW; END"
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {block} $$")
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    """Drop them."""
    shared = op.get_bind().dialect.name == "postgresql"
    for name in _triggers(shared):
        op.execute(f"DROP TRIGGER {name} ON jobs" if shared else f"DROP TRIGGER {name}")
        if shared:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_column("jobs", "last_error")
    op.drop_column("jobs", "steps")
    op.drop_table("processes")


def _triggers(shared: bool) -> dict[str, tuple[str, str, str]]:
    """Return the columns, the condition and the line of each trigger: its time, kind and detail by tabs."""
    line = "char(10)" if not shared else "chr(10)"
    tab = "char(9)" if not shared else "chr(9)"
    old = "coalesce(OLD.steps, '')"
    room = f"length({old}) - length(replace({old}, {line}, '')) < {_MOST_STEPS}"
    at = _TEXT[shared].format(at=f"coalesce({_AT}, {_NOW[shared]})")
    now = _TEXT[shared].format(at=_NOW[shared])
    stepped = f"{at} || {tab} || NEW.state || {tab} || ({_DETAIL}) || {line}"
    moved = f"{now} || {tab} || 'model' || {tab} || coalesce(NEW.model, '') || {line}"
    return {
        "job_stepped": ("state", f"{_STEPPED} AND {room}", stepped),
        "job_moved": ("model", f"{_MOVED} AND {room}", moved),
    }
