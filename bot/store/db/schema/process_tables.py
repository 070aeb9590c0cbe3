"""The table of the bot's processes."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, String, Table

from bot.store.db.schema.metadata import metadata

processes = Table(
    "processes",
    metadata,
    # renewed by each while it runs
    Column("name", String(64), primary_key=True),
    Column("started_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("state", JSON, nullable=False),
)
