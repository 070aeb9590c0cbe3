"""Tables of sums over the jobs of each UTC day, which triggers on jobs keep like ``waiting_counts``."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table

from bot.store.db.schema.metadata import metadata

member_days = Table(
    "member_days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),  # counted from the epoch
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),  # 0 outside of servers
    Column("currency", String(8), primary_key=True),  # empty for jobs without a price
    Column("requests", Integer, nullable=False),
    Column("pictures", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("cost", BigInteger, nullable=False),
)

server_days = Table(
    "server_days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),  # counted from the epoch
    Column("currency", String(8), primary_key=True),  # empty for jobs without a price
    Column("model", String(100), primary_key=True),  # empty for the usual one
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),  # 0 outside of servers
    Column("requests", Integer, nullable=False),
    Column("pictures", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("cost", BigInteger, nullable=False),
)
