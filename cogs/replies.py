"""The door for messages: a mention is a request, and a reply without one gets a hint."""

from __future__ import annotations

import logging
from collections import OrderedDict

import discord
from discord.ext import commands

from bot.client import ImageBot
from bot.service import ImageService
from bot.ui.buttons import buttons_on
from bot.ui.cards import Cards
from bot.ui.counter import Counter
from bot.ui.delivery import Delivery
from bot.ui.phrasing import is_addressed

log = logging.getLogger(__name__)

_REMEMBERED = 10_000
"""Requests whose message is watched for being deleted."""
_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


class Replies(commands.Cog):
    """What people write to the bot; only the first version of a message counts."""

    def __init__(
        self, bot: ImageBot, service: ImageService, counter: Counter, delivery: Delivery, cards: Cards
    ) -> None:
        self._bot = bot
        self._service = service
        self._counter = counter
        self._delivery = delivery
        self._cards = cards
        self._asked = OrderedDict[int, None]()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Take what mentions the bot; point the way to who replied without that."""
        if message.author.bot or message.webhook_id is not None or message.type not in _WRITTEN:
            return
        try:
            if self._bot.user is not None and is_addressed(message.content, self._bot.user.id):
                await self._take(message)
            elif self._is_to_a_picture(message) and await self._service.take_hint(message.author.id):
                await self._counter.say(message, self._cards.hint(await self._counter.locale(message)))
        except Exception:
            # The last door for messages: behind it nobody is told but the log.
            log.exception("message %s could not be seen to", message.id)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Drop what a deleted message asked for, as long as that waits."""
        if event.message_id not in self._asked:
            return
        del self._asked[event.message_id]
        if (job := await self._service.withdraw(event.message_id)) is not None:
            self._bot.records.cancelled(job, job.requester.user_id)
            await self._delivery.cancel(job)

    async def _take(self, message: discord.Message) -> None:
        if await self._counter.take(message) is not None:
            self._asked[message.id] = None
            while len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)

    def _is_to_a_picture(self, message: discord.Message) -> bool:
        """Whether a message replies to one of the bot's results."""
        replied = message.reference.resolved if message.reference else None
        return (
            isinstance(replied, discord.Message)
            and replied.author == self._bot.user
            and any(action == "remix" for action, _ in buttons_on(replied.components))
        )


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    counter = Counter(bot, bot.service, bot.references, bot.delivery, bot.cards, bot.languages, bot.app.clock)
    await bot.add_cog(Replies(bot, bot.service, counter, bot.delivery, bot.cards))
