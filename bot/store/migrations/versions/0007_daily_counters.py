"""Counters for the operator's daily limits; they begin at zero on the day of the upgrade."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the counters."""
    op.create_table(
        "daily_counters",
        sa.Column("scope", sa.String(8), primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("pictures", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop the counters."""
    op.drop_table("daily_counters")
