"""What operators control: bans, own limits, a pause of everything, limits in money, and the audit of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Create the tables, and add the columns."""
    op.create_table(
        "operator_acts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(64), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("target_kind", sa.String(8)),
        sa.Column("target_id", sa.BigInteger),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "bans",
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("until", sa.Float),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "own_limits",
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("pictures", sa.Integer),
        sa.Column("cost", sa.BigInteger),
    )
    op.create_table(
        "global_pause",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
    )
    op.create_table(
        "limit_notices",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("unit", sa.String(8), primary_key=True),
        sa.Column("percent", sa.Integer, primary_key=True, autoincrement=False),
    )
    for table, name in (("daily_counters", "cost"), ("jobs", "counted_cost")):
        op.add_column(table, sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("pool", sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("pool", "paused")
    op.drop_column("jobs", "counted_cost")
    op.drop_column("daily_counters", "cost")
    for table in ("limit_notices", "global_pause", "own_limits", "bans", "operator_acts"):
        op.drop_table(table)
