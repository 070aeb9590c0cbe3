"""The door for messages: a mention is a request, and a reply without one gets a hint."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.gateway.client import ImageBot
from bot.ui.cards.buttons import buttons_on
from bot.ui.intake.deleted_messages import Withdrawals
from bot.ui.intake.mentions import Counter
from bot.ui.intake.prompt_syntax import is_addressed
from bot.ui.intake.replies import Answers

_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


class Replies(commands.Cog):
    """What people write to the bot; only the first version of a message counts."""

    def __init__(self, bot: ImageBot, counter: Counter, answers: Answers, withdrawals: Withdrawals) -> None:
        self._bot = bot
        self._counter = counter
        self._answers = answers
        self._withdrawals = withdrawals

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Take what mentions the bot; point the way to who replied without that."""
        if message.author.bot or message.webhook_id is not None or message.type not in _WRITTEN:
            return
        if self._bot.user is not None and is_addressed(message.content, self._bot.user.id):
            async with self._withdrawals.watching(message.id):
                await self._counter.take(message)
        elif self._is_to_a_picture(message):
            await self._answers.hint(message)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Drop what a deleted message asked for, as long as that waits."""
        await self._withdrawals.drop({event.message_id})

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Drop what many deleted messages asked for."""
        await self._withdrawals.drop(event.message_ids)

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
    answers = Answers(bot, bot.service, bot.cards, bot.languages)
    counter = Counter(
        bot, bot.service, bot.references, bot.delivery, bot.cards, bot.languages, answers, bot.app.clock
    )
    withdrawals = Withdrawals(bot.service, bot.delivery, bot.records)
    await bot.add_cog(Replies(bot, counter, answers, withdrawals))
