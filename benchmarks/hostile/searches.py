"""Searches among a member's earlier requests."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from benchmarks import searching
from benchmarks.hostile.cases import Case, pumped
from bot.domain.requests.history_filter import HistoryFilter
from bot.store.db.engine import open_engine
from bot.store.history import HistoryStore

SEARCH = 100
"""Discord's limit in characters."""
REQUESTS = 2_000
"""Earlier requests of the member who searches."""


async def searches() -> AsyncIterator[tuple[str, Case]]:
    names = {"letters": "a", "percent signs": "%", "underscores": "_", "backslashes": "\\", "Chinese": "的"}
    with tempfile.TemporaryDirectory() as folder:
        async with open_engine(f"sqlite:///{folder}/bot.db") as engine:
            await searching.fill(engine, REQUESTS)
            history = HistoryStore(engine, Path(folder))
            await search_history(history, "a lighthouse")  # statements are compiled once
            for name, pump in names.items():
                yield name, partial(search_history, history, pumped(pump, SEARCH))


async def search_history(history: HistoryStore, search: str) -> None:
    for member in range(20):
        await history.suggestions(member, member, search=search, most=25)
        await history.results(member, HistoryFilter(search=search), page=0, size=10)
