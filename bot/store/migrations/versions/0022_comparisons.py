"""Requests whose pictures are each drawn by a model of its own, and count as that does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("jobs", sa.Column("compared", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("jobs", sa.Column("surplus", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("surplus", "compared"):
        op.drop_column("jobs", name)
