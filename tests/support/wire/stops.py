"""Stops a process while requests arrive, and looks for requests that were lost."""

from __future__ import annotations

import asyncio
import random
import signal

from tests.support.wire.bot_under_test import BotProcess
from tests.support.wire.discord_objects import StoredInteraction
from tests.support.wire.discord_server import DiscordServer

REQUESTS = 8
WITHIN = 0.08
"""Seconds in which the requests are made."""
_ON_THE_WAY = 0.1
"""Seconds that an event may take to be read."""


async def stop_under_load(discord: DiscordServer, bot: BotProcess, chance: random.Random) -> list[str]:
    """Stop a running bot at a random moment between requests; return those that it lost.

    A request is lost if it was acknowledged but neither queued nor answered, or if it was never acknowledged
    although it was sent in time before the bot left the gateway.
    """
    asked: list[StoredInteraction] = []

    async def ask(user_id: int, at: float) -> None:
        await asyncio.sleep(at)
        prompt = f"a stop, {user_id}"
        asked.append(await discord.slash(user_id, "imagine", prompt=prompt, size="1K", wait=False))

    async def stop() -> None:
        await asyncio.sleep(chance.uniform(0, WITHIN * 1.5))
        bot.signal(signal.SIGTERM)

    asks = (ask(800 + number, chance.uniform(0, WITHIN)) for number in range(REQUESTS))
    await asyncio.gather(stop(), *asks)
    assert await bot.wait_for_exit(60) == 0
    queued = {row["interaction_id"] for row in bot.jobs()}
    return [loss for each in asked if (loss := _loss(each, queued, discord.gateway.left_at))]


def _loss(asked: StoredInteraction, queued: set[int], left_at: float) -> str | None:
    if asked.response is None:
        in_time = asked.sent_at < left_at - _ON_THE_WAY
        return f"{asked.id} was never acknowledged" if in_time else None
    answered = asked.message is not None and (asked.message.edits or asked.response["type"] == 4)
    return None if asked.id in queued or answered else f"{asked.id} was acknowledged and forgotten"
