"""Message events: a mention is a request, a direct message too, and a reply where the server says so."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.domain.errors import Restarting, RuleBroken
from bot.domain.image_models.model_names import ModelNames
from bot.gateway.client import ImageBot
from bot.ui.cards.direct_help import DrawThisButton
from bot.ui.components import Interaction
from bot.ui.intake.messages.deleted_messages import DeletedMessages
from bot.ui.intake.messages.mention_drafts import MentionDrafts, is_addressed
from bot.ui.intake.messages.mention_requests import MentionRequests
from bot.ui.intake.messages.mentions import MentionIntake
from bot.ui.intake.messages.message_cards import MessageCards
from bot.ui.intake.messages.message_requesters import MessageRequesters
from bot.ui.intake.messages.replies import MessageReplies
from bot.ui.intake.messages.reply_rules import ReplyRules
from bot.ui.intake.messages.small_talk import is_too_short
from bot.ui.intake.references.media import pictures_in

_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


class RepliesCog(commands.Cog):
    """Handles messages to the bot; edits of a message are ignored."""

    def __init__(
        self,
        bot: ImageBot,
        intake: MentionIntake,
        replies: MessageReplies,
        reply_rules: ReplyRules,
        deleted_messages: DeletedMessages,
    ) -> None:
        self._bot = bot
        self._intake = intake
        self._replies = replies
        self._reply_rules = reply_rules
        self._deleted_messages = deleted_messages

    async def cog_unload(self) -> None:
        """Delete the hints that are still shown."""
        await self._replies.close()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Accept a mention, a direct message, or a reply that counts without one."""
        if message.author.bot or message.webhook_id is not None or message.type not in _WRITTEN:
            return
        if is_addressed(message, self._bot):
            await self._accept(message)
        elif message.guild is None:
            await self._accept_direct(message)
        elif message.reference is not None:
            await self._accept_reply(message)

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

    async def _accept_reply(self, message: discord.Message) -> None:
        match await self._reply_rules.meaning(message):
            case "request":
                await self._accept(message)
            case "hint":
                await self._replies.send_hint(message)
            case "nothing":
                pass

    async def _accept(self, message: discord.Message) -> None:
        answer = self._replies.answer(message, None)
        with self._bot.handlers.track(lambda: self._bot.presentation.errors.answer(answer, Restarting())):
            async with self._deleted_messages.track(message.id):
                await self._intake.accept(message)


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    replies = MessageReplies(
        bot, bot.services.members, bot.presentation.cards, bot.presentation.texts, bot.presentation.languages
    )
    intake = _create_intake(bot, replies)
    deleted_messages = DeletedMessages(bot.services.requests, bot.delivery, bot.moderation_log)
    cog = RepliesCog(bot, intake, replies, ReplyRules(bot, bot.services.guilds), deleted_messages)
    bot.controls.register(DrawThisButton, cog.draw_this)
    await bot.add_cog(cog)


def _create_intake(bot: ImageBot, replies: MessageReplies) -> MentionIntake:
    clock, models = bot.app.clock, ModelNames(bot.services.requests.config.models)
    drafts = MentionDrafts(bot, bot.intake.references, bot.limits.references, models)
    requesters = MessageRequesters(bot, bot.presentation.languages, clock)
    requests = MentionRequests(drafts, requesters, bot.services.requests, bot.handlers)
    cards = MessageCards(
        bot.services.requests, bot.services.queries, bot.services.queue, bot.delivery, bot.presentation.cards
    )
    return MentionIntake(bot, requests, cards, replies, bot.intake.refusals, clock)
