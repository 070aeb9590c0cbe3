"""Pictures that a card shows while others are drawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the pictures."""
    op.add_column("jobs", sa.Column("shown", sa.JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Drop the pictures."""
    op.drop_column("jobs", "shown")
