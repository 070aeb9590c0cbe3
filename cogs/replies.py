"""Message events: a mention is a request, and a reply without one gets a hint."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.domain.errors import Restarting
from bot.gateway.client import ImageBot
from bot.ui.cards.buttons import job_buttons_in
from bot.ui.intake.deleted_messages import DeletedMessages
from bot.ui.intake.mentions import MentionIntake, is_addressed
from bot.ui.intake.replies import MessageReplies

_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


class RepliesCog(commands.Cog):
    """Handles messages to the bot; edits of a message are ignored."""

    def __init__(
        self, bot: ImageBot, intake: MentionIntake, replies: MessageReplies, deleted_messages: DeletedMessages
    ) -> None:
        self._bot = bot
        self._intake = intake
        self._replies = replies
        self._deleted_messages = deleted_messages

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Accept a mention; answer a reply without one with a hint."""
        if message.author.bot or message.webhook_id is not None or message.type not in _WRITTEN:
            return
        if is_addressed(message, self._bot):
            answer = self._replies.answer(message, None)
            with self._bot.handlers.track(lambda: self._bot.errors.answer(answer, Restarting())):
                async with self._deleted_messages.track(message.id):
                    await self._intake.accept(message)
        elif self._is_to_a_picture(message):
            await self._replies.send_hint(message)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Drop the request of a deleted message while it waits."""
        await self._deleted_messages.cancel_requests({event.message_id})

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Drop the requests of bulk-deleted messages."""
        await self._deleted_messages.cancel_requests(event.message_ids)

    def _is_to_a_picture(self, message: discord.Message) -> bool:
        """Whether a message replies to one of the bot's results."""
        replied = message.reference.resolved if message.reference else None
        return (
            isinstance(replied, discord.Message)
            and replied.author == self._bot.user
            and any(action == "remix" for action, _ in job_buttons_in(replied.components))
        )


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    replies = MessageReplies(bot, bot.member_service, bot.cards, bot.languages)
    intake = MentionIntake(
        bot,
        bot.requests,
        bot.queries,
        bot.queue,
        bot.references,
        bot.delivery,
        bot.cards,
        bot.languages,
        replies,
        bot.errors,
        bot.app.clock,
        bot.limits.references,
    )
    deleted_messages = DeletedMessages(bot.requests, bot.delivery, bot.moderation_log)
    await bot.add_cog(RepliesCog(bot, intake, replies, deleted_messages))
