"""How much each job's pictures count on quotas, and what they cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the columns; what was drawn before counted once and was free."""
    op.add_column("jobs", sa.Column("weight", sa.Integer, nullable=False, server_default="1"))
    op.add_column("jobs", sa.Column("cost", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("currency", sa.String(8)))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("currency", "cost", "weight"):
        op.drop_column("jobs", name)
