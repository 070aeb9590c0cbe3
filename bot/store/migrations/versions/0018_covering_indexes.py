"""Indexes with all that a claim reads of the jobs it passes over; a start builds those that are missing."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Drop the indexes that are replaced; a new database never had them."""
    _drop("running_member", "waiting_order")


def downgrade() -> None:
    """Drop the new ones; an earlier version builds its own."""
    _drop("running_load", "waiting_in_order")


def _drop(*names: str) -> None:
    for name in names:
        op.execute(f"DROP INDEX IF EXISTS ix_jobs_{name}")
