"""Pictures of cancelled jobs that count towards quotas."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the number of charged pictures."""
    op.add_column("jobs", sa.Column("charged", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop the number of charged pictures."""
    op.drop_column("jobs", "charged")
