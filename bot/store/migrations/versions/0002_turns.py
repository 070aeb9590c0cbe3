"""Turns in the queue, and partial indexes without finished jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INDEXES: tuple[tuple[str, list[str], str | None], ...] = (
    ("waiting_turn", ["turn", "id"], "state = 'waiting'"),
    ("waiting_run_at", ["run_at"], "state = 'waiting'"),
    ("waiting_member", ["user_id", "turn", "id"], "state = 'waiting'"),
    ("running_member", ["user_id"], "state = 'running'"),
    ("held", ["state", "lease"], "state IN ('running', 'drawn', 'failed')"),
    ("member_turn", ["user_id", "turn"], None),
    ("served_turn", ["turn"], "attempts > 0"),
    ("drawn_size", ["size", "id"], "drawn_at IS NOT NULL"),
)


def upgrade() -> None:
    """Add the turns; jobs that wait already are served in the order they came."""
    op.add_column("jobs", sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"))
    op.drop_index("ix_jobs_state_run_at", "jobs")
    op.drop_index("ix_jobs_user_id_started_at", "jobs")
    for name, columns, where in _INDEXES:
        clause = sa.text(where) if where else None
        op.create_index(f"ix_jobs_{name}", "jobs", columns, sqlite_where=clause, postgresql_where=clause)


def downgrade() -> None:
    """Drop the turns."""
    for name, _, _ in _INDEXES:
        op.drop_index(f"ix_jobs_{name}", "jobs")
    op.drop_column("jobs", "turn")
    op.create_index("ix_jobs_state_run_at", "jobs", ["state", "run_at"])
    op.create_index("ix_jobs_user_id_started_at", "jobs", ["user_id", "started_at"])
