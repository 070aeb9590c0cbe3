"""Tables of what the operator controls: bans, own limits, the pause of everything, and the audit of it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Integer, String, Table, Text

from bot.store.db.schema.metadata import metadata

operator_acts = Table(
    "operator_acts",
    metadata,
    # what the operator did to members, servers, requests or everything
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("who", String(64), nullable=False),
    Column("origin", String(64), nullable=False),  # where the operator did it from, such as an address
    Column("act", String(16), nullable=False),
    Column("target_kind", String(8)),  # member, server or request
    Column("target_id", BigInteger, index=True),
    Column("details", JSON, nullable=False),
    Column("reason", Text, nullable=False),
)

bans = Table(
    "bans",
    metadata,
    # members and servers of whom the operator accepts no requests
    Column("kind", String(8), primary_key=True),  # member or server
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("until", Float),
    Column("reason", Text, nullable=False),
)

own_limits = Table(
    "own_limits",
    metadata,
    # daily limits of single members and servers; null: as the settings say, -1: no limit
    Column("kind", String(8), primary_key=True),  # member or server
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("pictures", Integer),
    Column("cost", BigInteger),
)

global_pause = Table(
    "global_pause",
    metadata,
    # one row while the operator lets nothing be drawn
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("notice", Text, nullable=False),
)

limit_notices = Table(
    "limit_notices",
    metadata,
    # of which part of a day's total the operator was told; who inserts a row tells it
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("unit", String(8), primary_key=True),  # pictures or cost
    Column("percent", Integer, primary_key=True, autoincrement=False),
)
