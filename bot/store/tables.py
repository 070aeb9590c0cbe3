"""The tables. Times are seconds since the epoch, ids are Discord's."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    FromClause,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

Jobs = FromClause
"""The table of jobs, by its own name or by another in the same statement."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("interaction_id", BigInteger, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    # who asked, and where
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("locale", String(16), nullable=False),
    Column("guild_locale", String(16)),
    Column("upload_limit", BigInteger, nullable=False),
    # the message that becomes the answer; the token is wiped once it is there
    Column("application_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("ephemeral", Boolean, nullable=False),
    Column("token", Text),
    Column("token_expires_at", Float, nullable=False),
    # what was asked for
    Column("prompt", Text, nullable=False),
    Column("ratio", String(8), nullable=False),
    Column("size", String(8), nullable=False),
    Column("model", String(100)),
    Column("reference", Text),
    Column("source", Text),
    Column("spoiler", Boolean, nullable=False),
    Column("amount", Integer, nullable=False),
    # how far it is
    Column("created_at", Float, nullable=False),
    Column("run_at", Float, nullable=False),
    Column("deadline", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("turn", BigInteger, nullable=False, server_default="0"),
    Column("worker", String(64)),
    Column("lease", Float),
    Column("started_at", Float),
    Column("drawn_at", Float),
    Column("finished_at", Float),
    # what came of it
    Column("pictures", JSON, nullable=False),
    Column("problem", String(64)),
    Column("facts", JSON, nullable=False),
    sqlite_autoincrement=True,
)


def _index(name: str, *columns: str, where: str | None = None) -> Index:
    clause = text(where) if where else None
    found = (jobs.c[column] for column in columns)
    return Index(f"ix_jobs_{name}", *found, sqlite_where=clause, postgresql_where=clause)


# Partial, so that nothing gets slower by what is done: those rows aren't in them, or only the newest is read.
_index("waiting_turn", "turn", "id", where="state = 'waiting'")
_index("waiting_run_at", "run_at", where="state = 'waiting'")
_index("waiting_member", "user_id", "turn", "id", where="state = 'waiting'")
_index("running_member", "user_id", where="state = 'running'")
_index("held", "state", "lease", where="state IN ('running', 'drawn', 'failed')")
_index("member_turn", "user_id", "turn")
_index("served_turn", "turn", where="attempts > 0")
_index("drawn_size", "size", "id", where="drawn_at IS NOT NULL")
