"""Which result a job was made from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
_COLUMNS = ("parent_id", "parent_picture", "edits", "first_link")


def upgrade() -> None:
    """Add the columns."""
    op.add_column("jobs", sa.Column("parent_id", sa.BigInteger))
    op.add_column("jobs", sa.Column("parent_picture", sa.Integer))
    op.add_column("jobs", sa.Column("edits", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("first_link", sa.Text))


def downgrade() -> None:
    """Drop the columns."""
    for column in _COLUMNS:
        op.drop_column("jobs", column)
