"""Message events: a mention is a request, a direct message too, and a reply without one gets a hint."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.domain.errors import Restarting, RuleBroken
from bot.gateway.client import ImageBot
from bot.ui.cards.buttons import job_buttons_in
from bot.ui.cards.direct_help import DrawThisButton
from bot.ui.components import Interaction
from bot.ui.intake.deleted_messages import DeletedMessages
from bot.ui.intake.media import pictures_in
from bot.ui.intake.mentions import MentionIntake, is_addressed, is_ping_reply
from bot.ui.intake.replies import MessageReplies
from bot.ui.intake.small_talk import is_small_talk, is_too_short

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
        """Accept a mention or a direct message; answer a reply without a mention with a hint."""
        if message.author.bot or message.webhook_id is not None or message.type not in _WRITTEN:
            return
        if is_addressed(message, self._bot):
            await self._accept(message)
        elif message.guild is None:
            await self._accept_direct(message)
        elif is_ping_reply(message, self._bot):
            # A reply notifies by default: thanks must cost nothing.
            if not is_small_talk(message.content):
                await self._accept(message)
        elif self._is_to_a_picture(message):
            await self._replies.send_hint(message)

    async def draw_this(self, interaction: Interaction, button: DrawThisButton) -> None:
        """Accept a direct message that was taken for small talk, in place of the help."""
        await interaction.response.defer()
        channel = interaction.channel
        if not isinstance(channel, discord.abc.Messageable):
            raise RuleBroken("gone")
        try:
            message = await channel.fetch_message(button.message_id)
        except discord.NotFound as error:
            raise RuleBroken("gone") from error
        if message.author.id != interaction.user.id:
            raise RuleBroken("not-yours")
        await self._accept(message)
        await interaction.delete_original_response()

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Drop the request of a deleted message while it waits."""
        await self._deleted_messages.cancel_requests({event.message_id})

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Drop the requests of bulk-deleted messages."""
        await self._deleted_messages.cancel_requests(event.message_ids)

    async def _accept_direct(self, message: discord.Message) -> None:
        if is_too_short(message.content) and not pictures_in(message, previews=False):
            await self._replies.send_direct_help(message)
        else:
            await self._accept(message)

    async def _accept(self, message: discord.Message) -> None:
        answer = self._replies.answer(message, None)
        with self._bot.handlers.track(lambda: self._bot.errors.answer(answer, Restarting())):
            async with self._deleted_messages.track(message.id):
                await self._intake.accept(message)

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
    replies = MessageReplies(bot, bot.member_service, bot.cards, bot.texts, bot.languages)
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
        bot.handlers,
        bot.app.clock,
        bot.limits.references,
        bot.offers,
    )
    deleted_messages = DeletedMessages(bot.requests, bot.delivery, bot.moderation_log)
    cog = RepliesCog(bot, intake, replies, deleted_messages)
    bot.controls.register(DrawThisButton, cog.draw_this)
    await bot.add_cog(cog)
