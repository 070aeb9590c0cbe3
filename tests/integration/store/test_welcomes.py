"""A server is welcomed once, whatever happens at the same time."""

from __future__ import annotations

import asyncio

from bot.domain.models import Style, StyleOwner
from bot.store.db.engine import open_engine
from bot.store.styles import StyleStore
from bot.store.welcomes import WelcomeStore

STARTERS = [Style(name="Ink", text="in ink"), Style(name="Oil", text="in oil")]


async def test_of_many_attempts_one_welcomes_a_server(database_url: str) -> None:
    async with open_engine(database_url, durable=False) as engine:
        store = WelcomeStore(engine)
        attempts = [store.claim(1, STARTERS, now=5.0) for _ in range(6)]
        assert sorted(await asyncio.gather(*attempts)) == [False] * 5 + [True]
        assert not await store.claim(1, STARTERS, now=9e9)
        assert await store.claim(2, [], now=5.0)
        saved = await StyleStore(engine).list_for(StyleOwner(kind="guild", id=1))
        assert [kept.style for kept in saved] == STARTERS


async def test_a_server_with_styles_of_its_own_keeps_just_these(database_url: str) -> None:
    async with open_engine(database_url, durable=False) as engine:
        server = StyleOwner(kind="guild", id=1)
        own = await StyleStore(engine).add(server, Style(name="ink", text="ours"), most=5)
        assert await WelcomeStore(engine).claim(1, STARTERS, now=5.0)
        assert await StyleStore(engine).list_for(server) == [own]
