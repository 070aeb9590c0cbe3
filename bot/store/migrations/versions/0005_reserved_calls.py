"""Relay calls that running jobs have reserved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the number of reserved calls; jobs that run already get one for each picture."""
    op.add_column("jobs", sa.Column("calls_left", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE jobs SET calls_left = amount WHERE state = 'running'")


def downgrade() -> None:
    """Drop the reserved calls."""
    op.drop_column("jobs", "calls_left")
