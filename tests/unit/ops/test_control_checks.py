"""The doctor says what the operator's controls mean."""

from __future__ import annotations

from pathlib import Path

from bot.domain.controls.acts import Act, Operator
from bot.domain.controls.pause import GlobalPause
from bot.ops.control_checks import check_allowed_servers, check_pause
from bot.store.controls.global_pause import GlobalPauseStore
from bot.store.db.engine import open_engine

SERVERS = [{"id": "5", "name": "Ours"}, {"id": "6", "name": "Theirs"}]


def test_allowed_servers_are_compared_with_those_that_the_bot_is_on() -> None:
    assert list(check_allowed_servers(SERVERS, frozenset())) == []
    (found,) = check_allowed_servers(SERVERS, {5, 7})
    assert found.ok and found.details == ("Theirs",)
    assert found.message == ("ALLOWED_SERVERS names 2; requests are refused in 1 more; the bot isn't on 7")


async def test_a_pause_is_told_and_an_unreadable_database_is_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    async with open_engine(url, durable=False) as engine:
        assert await check_pause(url) == []
        act = Act(by=Operator(who="console", origin="here"), name="pause")
        await GlobalPauseStore(engine).pause(GlobalPause(at=1.0), act)
        (found,) = await check_pause(url)
        assert "paused" in found.message
    assert await check_pause("sqlite:////nowhere/jobs.db") == []
