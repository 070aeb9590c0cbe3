"""When an edit was last found to have come after a job's answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the time."""
    op.add_column("jobs", sa.Column("late_edit_at", sa.Float))


def downgrade() -> None:
    """Drop the time."""
    op.drop_column("jobs", "late_edit_at")
