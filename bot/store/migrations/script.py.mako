"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Bring the tables one step forward."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take that step back."""
    ${downgrades if downgrades else "pass"}
