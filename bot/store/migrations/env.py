"""Runs the migrations on the connection provided by the engine."""

from __future__ import annotations

from alembic import context

from bot.store.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
