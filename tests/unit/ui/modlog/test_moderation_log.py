"""The moderation log: an entry that can't be formatted holds up no others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.domain.guild_settings import GuildSettings, Pause
from bot.ui.modlog.moderation_log import ModerationLog

SERVER, CHANNEL = 3, 7


@dataclass
class FakeChannel:
    """Records what is posted; stands in for the client and the settings, too."""

    posted: list[str] = field(default_factory=list[str])
    error: Exception | None = None

    def get_guild(self, _: int) -> None:
        return None

    def get_partial_messageable(self, _: int, **__: Any) -> FakeChannel:
        return self

    async def settings(self, _: int) -> GuildSettings:
        return GuildSettings(audit_channel=CHANNEL)

    async def send(self, *, view: Any, **_: Any) -> None:
        if self.error:
            raise self.error
        self.posted += [item.content for item in view.walk_children() if hasattr(item, "content")]


def format_text(_: str, key: str, **__: Any) -> str:
    if key == "record.paused":
        raise KeyError("until")
    return key


def open_log(channel: FakeChannel) -> ModerationLog:
    fakes: Any = channel
    texts: Any = format_text
    return ModerationLog(fakes, fakes, texts, lambda: 1000.0)


async def test_an_entry_that_cannot_be_formatted_is_dropped_with_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    channel = FakeChannel()
    log = open_log(channel)
    log.member_paused(SERVER, Pause(user_id=1, until=2000.0, by_id=2))
    log.pause_lifted(SERVER, 1, 2)
    await log.flush()
    assert channel.posted == ["record.lifted"]
    (record,) = caplog.records
    assert record.levelname == "ERROR" and record.exc_info


async def test_a_fault_of_the_program_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = open_log(FakeChannel(error=AttributeError("view")))
    log.pause_lifted(SERVER, 1, 2)
    await log.flush()
    assert caplog.records[-1].levelname == "WARNING" and caplog.records[-1].exc_info
