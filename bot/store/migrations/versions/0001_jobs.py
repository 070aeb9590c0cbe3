"""The jobs of accepted requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the jobs table."""
    op.create_table(
        "jobs",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("interaction_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("guild_locale", sa.String(16)),
        sa.Column("upload_limit", sa.BigInteger, nullable=False),
        sa.Column("application_id", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("ephemeral", sa.Boolean, nullable=False),
        sa.Column("token", sa.Text),
        sa.Column("token_expires_at", sa.Float, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("ratio", sa.String(8), nullable=False),
        sa.Column("size", sa.String(8), nullable=False),
        sa.Column("model", sa.String(100)),
        sa.Column("reference", sa.Text),
        sa.Column("source", sa.Text),
        sa.Column("spoiler", sa.Boolean, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("run_at", sa.Float, nullable=False),
        sa.Column("deadline", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(64)),
        sa.Column("lease", sa.Float),
        sa.Column("started_at", sa.Float),
        sa.Column("drawn_at", sa.Float),
        sa.Column("finished_at", sa.Float),
        sa.Column("pictures", sa.JSON, nullable=False),
        sa.Column("problem", sa.String(64)),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.UniqueConstraint("interaction_id", name="uq_jobs_interaction_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_state_run_at", "jobs", ["state", "run_at"])
    op.create_index("ix_jobs_user_id_started_at", "jobs", ["user_id", "started_at"])


def downgrade() -> None:
    """Drop the jobs table."""
    op.drop_table("jobs")
