"""The index of a member's results also has when they were drawn; a start builds it."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Drop the index that is replaced; a new database never had it."""
    op.execute("DROP INDEX IF EXISTS ix_jobs_drawn_member")


def downgrade() -> None:
    """Drop the new one; an earlier version builds its own."""
    op.execute("DROP INDEX IF EXISTS ix_jobs_drawn_of_member")
