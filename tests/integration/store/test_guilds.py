"""Servers' settings: cached, changed atomically, audited, and invalidated in every process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text

from bot.domain.guild_settings import GuildSettings, SettingsChange
from bot.store.db.engine import open_engine
from bot.store.db.notifications import listen
from bot.store.db.tables import audit, guilds
from bot.store.guilds import GuildStore

SERVER, OTHER, MANAGER = 10, 11, 1
Put = Callable[[GuildSettings], GuildSettings]


def put(**values: Any) -> Put:
    return lambda settings: replace(settings, **values)


def at(moment: float) -> Callable[[], float]:
    return lambda: moment


async def test_a_server_without_changes_has_the_defaults(engine: Engine) -> None:
    assert await GuildStore(engine, at(1)).settings(SERVER) == GuildSettings()


async def test_a_change_applies_to_that_server_alone_and_persists(engine: Engine) -> None:
    store = GuildStore(engine, at(1))
    await store.change(SERVER, MANAGER, put(size="1K", blocked_words=("ass",)))
    changed = GuildSettings(size="1K", blocked_words=("ass",))
    for reader in (store, GuildStore(engine, at(2))):
        assert await reader.settings(SERVER) == changed
        assert await reader.settings(OTHER) == GuildSettings()


async def test_settings_are_read_once_and_then_cached(engine: Engine) -> None:
    store = GuildStore(engine, at(1))
    await store.settings(SERVER)
    with engine.begin() as connection:
        connection.execute(insert(guilds).values(guild_id=SERVER, settings={"size": "1K"}, version=1))
    assert await store.settings(SERVER) == GuildSettings()
    store.invalidate(str(SERVER))
    assert await store.settings(SERVER) == GuildSettings(size="1K")


async def test_every_change_is_audited_with_who_when_and_what(engine: Engine) -> None:
    noted = await GuildStore(engine, at(5)).change(SERVER, MANAGER, put(daily=10))
    assert noted == SettingsChange(user_id=MANAGER, at=5, what={"daily": (None, 10)})
    await GuildStore(engine, at(6)).change(SERVER, 2, put(daily=20, paused=True))
    await GuildStore(engine, at(7)).change(OTHER, 3, put(daily=30))
    assert await GuildStore(engine, at(8)).recent_changes(SERVER, most=5) == [
        SettingsChange(user_id=2, at=6, what={"daily": (10, 20), "paused": (False, True)}),
        SettingsChange(user_id=MANAGER, at=5, what={"daily": (None, 10)}),
    ]


async def test_a_change_without_effect_is_not_audited(engine: Engine) -> None:
    store = GuildStore(engine, at(1))
    assert await store.change(SERVER, MANAGER, put(size="2K")) is None
    assert await store.recent_changes(SERVER, most=5) == []


async def test_other_kinds_of_audit_entries_are_not_returned(engine: Engine) -> None:
    with engine.begin() as connection:
        note = {"guild_id": SERVER, "user_id": 1, "at": 1.0, "what": {"pause": {"user": 5}}}
        connection.execute(insert(audit).values(note))
    assert await GuildStore(engine, at(1)).recent_changes(SERVER, most=5) == []


async def test_a_refused_change_leaves_the_settings_unchanged(engine: Engine) -> None:
    def refuse(settings: GuildSettings) -> GuildSettings:
        raise ValueError(settings)

    store = GuildStore(engine, at(1))
    with pytest.raises(ValueError, match="GuildSettings"):
        await store.change(SERVER, MANAGER, refuse)
    assert await store.settings(SERVER) == GuildSettings()
    assert await store.recent_changes(SERVER, most=5) == []


async def test_concurrent_changes_are_all_stored(engine: Engine) -> None:
    managers = [GuildStore(engine, at(1)) for _ in range(4)]

    def block(word: str) -> Put:
        return lambda settings: replace(settings, blocked_words=(*settings.blocked_words, word))

    for round_ in "ab":
        await asyncio.gather(
            *(store.change(SERVER, n, block(f"{round_}{n}")) for n, store in enumerate(managers))
        )
    words = (await GuildStore(engine, at(2)).settings(SERVER)).blocked_words
    assert sorted(words) == ["a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3"]
    assert len(await managers[0].recent_changes(SERVER, most=99)) == 8


@asynccontextmanager
async def invalidations(engine: Engine, store: GuildStore) -> AsyncGenerator[asyncio.Queue[str]]:
    """Listen for changes of settings; yield a queue of those the store has handled."""
    handled: asyncio.Queue[str] = asyncio.Queue()

    def invalidate(guild_id: str) -> None:
        store.invalidate(guild_id)
        handled.put_nowait(guild_id)

    async with listen(engine, {"settings": invalidate}):
        assert await asyncio.wait_for(handled.get(), 10) == ""
        yield handled


async def test_a_change_in_one_process_invalidates_the_cache_of_others(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine, open_engine(postgres_url) as other:
        here, there = GuildStore(engine, at(1)), GuildStore(other, at(1))
        async with invalidations(engine, here) as handled:
            await here.settings(SERVER)
            await there.change(SERVER, MANAGER, put(paused=True))
            assert await asyncio.wait_for(handled.get(), 10) == str(SERVER)
            assert (await here.settings(SERVER)).paused


async def test_a_reconnect_invalidates_the_whole_cache(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine, open_engine(postgres_url) as other:
        here, there = GuildStore(engine, at(1)), GuildStore(other, at(1))
        async with invalidations(engine, here) as handled:
            await here.settings(SERVER)
            with other.connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND application_name = 'jimeng-bot listener'"
                    )
                )
            await there.change(SERVER, MANAGER, put(paused=True))
            while await asyncio.wait_for(handled.get(), 10) != "":
                pass
            assert (await here.settings(SERVER)).paused
