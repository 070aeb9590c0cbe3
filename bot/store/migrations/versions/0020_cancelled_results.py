"""The index of a member's results also has those of cancelled requests."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Drop the former index; the new one is built at the start."""
    op.execute("DROP INDEX IF EXISTS ix_jobs_done_member")


def downgrade() -> None:
    """Drop the new one."""
    op.execute("DROP INDEX IF EXISTS ix_jobs_drawn_member")
