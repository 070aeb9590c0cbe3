"""What a comparison draws over several services, and addresses of paid pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("jobs", sa.Column("reserved", sa.JSON(none_as_null=True)))
    op.add_column("jobs", sa.Column("results", sa.JSON(none_as_null=True)))
    op.add_column("jobs", sa.Column("results_until", sa.Float))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("results_until", "results", "reserved"):
        op.drop_column("jobs", name)
