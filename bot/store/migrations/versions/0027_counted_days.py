"""On which day a retried request counts towards the daily limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the column."""
    op.add_column("jobs", sa.Column("counted_day", sa.Integer))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("jobs", "counted_day")
