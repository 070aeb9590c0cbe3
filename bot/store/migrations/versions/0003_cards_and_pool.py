"""Columns of jobs for several processes, and the shared state of the relay."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_RUNNING = "state = 'running'"
_INDEXES: tuple[tuple[str, list[str], str | None], ...] = (
    ("drawn_channel", ["channel_id", "id"], "drawn_at IS NOT NULL"),
    ("waiting_card", ["card_until"], "state = 'waiting'"),
    ("member_created", ["user_id", "created_at"], None),
    ("created", ["created_at"], None),
    ("erased", ["created_at"], "prompt = ''"),
)


def upgrade() -> None:
    """Add the columns, indexes and tables."""
    for column in _columns():
        op.add_column("jobs", column)
    for name, columns, where in _INDEXES:
        clause = sa.text(where) if where else None
        op.create_index(f"ix_jobs_{name}", "jobs", columns, sqlite_where=clause, postgresql_where=clause)
    op.drop_index("ix_jobs_running_member", "jobs")
    _index_running("user_id", "state")
    op.execute("UPDATE jobs SET abreast = amount WHERE amount > 1")
    pool = op.create_table(
        "pool",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("slowed_at", sa.Float, nullable=False),
        sa.Column("slow_until", sa.Float, nullable=False),
        sa.Column("well_at", sa.Float, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("ill_since", sa.Float),
        sa.Column("down_since", sa.Float),
        sa.Column("down_until", sa.Float, nullable=False),
    )
    healthy = dict.fromkeys(("slowed_at", "slow_until", "well_at", "failures", "down_until"), 0)
    op.bulk_insert(pool, [{"id": 1, "share": 1.0, **healthy}])
    op.create_table(
        "relay_calls",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("pictures", sa.Integer, nullable=False),
    )
    op.create_index("ix_relay_calls_at", "relay_calls", ["at"])
    op.create_table(
        "identifies",
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("free_at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Drop the columns, indexes and tables."""
    op.drop_table("identifies")
    op.drop_table("relay_calls")
    op.drop_table("pool")
    op.drop_index("ix_jobs_running_member", "jobs")
    _index_running("user_id")
    for name, _, _ in _INDEXES:
        op.drop_index(f"ix_jobs_{name}", "jobs")
    for column in _columns():
        op.drop_column("jobs", column.name)


def _index_running(*columns: str) -> None:
    clause = sa.text(_RUNNING)
    op.create_index(
        "ix_jobs_running_member", "jobs", list(columns), sqlite_where=clause, postgresql_where=clause
    )


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("own_card", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("guest", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("own_locale", sa.String(16)),
        sa.Column("style", sa.String(32)),
        sa.Column("style_text", sa.Text),
        sa.Column("relaxed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("lost", sa.Integer, nullable=False, server_default="0"),
        sa.Column("abreast", sa.Integer, nullable=False, server_default="1"),
        sa.Column("card_until", sa.Float, nullable=False, server_default="0"),
        sa.Column("card_ahead", sa.Integer),
        sa.Column("kept", sa.JSON, nullable=False, server_default="[]"),
        sa.Column("starred", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("direct", sa.Boolean, nullable=False, server_default=sa.false()),
    ]
