"""The context menu Pause pictures for moderators, and the buttons that pause a member and lift a pause."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import RuleBroken
from bot.domain.ids import require_id
from bot.gateway.client import ImageBot
from bot.services.deadline import Deadline
from bot.services.moderation import ModerationService
from bot.ui import outgoing
from bot.ui.components import Interaction
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.command_translator import localized
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.intake.requesters import is_moderator
from bot.ui.modlog.moderation_log import ModerationLog
from bot.ui.panels.pause_forms import PauseButton, PauseModal, pause_status_card


class ModerationCog(commands.Cog):
    """Pauses members and lifts pauses."""

    def __init__(
        self,
        moderation_service: ModerationService,
        delivery: DiscordDelivery,
        moderation_log: ModerationLog,
        errors: ErrorPresenter,
        languages: Languages,
        texts: Texts,
    ) -> None:
        self._moderation_service = moderation_service
        self._delivery = delivery
        self._moderation_log = moderation_log
        self._errors = errors
        self._languages = languages
        self._texts = texts
        self._soon = Deadline(1.5)

    async def pause(self, interaction: Interaction, user: discord.User | discord.Member) -> None:
        """Show a member's pause, or the form that starts one."""
        async with self._errors.present_errors(interaction):
            guild = _guild_of(interaction)
            _require_pausable(user)
            pause = await self._soon.wait(self._moderation_service.paused(guild.id, user.id))
            if pause is None:
                await self._ask(interaction, user.id)
            else:
                locale = await self._languages.of(interaction)
                await outgoing.respond(interaction, pause_status_card(self._texts, locale, user.id, pause))

    async def press(self, interaction: Interaction, button: PauseButton) -> None:
        """Handle a press of Pause or Lift."""
        guild = _guild_of(interaction)
        if button.action == "lift":
            await self._lift(interaction, guild, button.member_id)
        else:
            _require_pausable(await _member(guild, button.member_id))
            await self._ask(interaction, button.member_id)

    async def _ask(self, interaction: Interaction, member_id: int) -> None:
        async def submit(modal: Interaction, seconds: float, reason: str) -> None:
            await self._pause(modal, member_id, seconds, reason)

        locale = await self._languages.of(interaction)
        await PauseModal(self._texts, self._errors, locale, submit).open(interaction)

    async def _pause(self, interaction: Interaction, member_id: int, seconds: float, reason: str) -> None:
        # Check again: the moderator may have lost the role while the form was open.
        guild = _guild_of(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        pause, dropped = await self._moderation_service.pause(
            guild.id, member_id, by_id=interaction.user.id, seconds=seconds, reason=reason
        )
        self._moderation_log.member_paused(guild.id, pause)
        card = await self._card(interaction, member_id)
        await outgoing.edit_response(interaction, card)
        for job in dropped:
            self._moderation_log.request_cancelled(job, interaction.user.id, reason)
            await self._delivery.cancel(job)

    async def _lift(self, interaction: Interaction, guild: discord.Guild, member_id: int) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        if await self._moderation_service.lift(guild.id, member_id, by_id=interaction.user.id):
            self._moderation_log.pause_lifted(guild.id, member_id, interaction.user.id)
        card = await self._card(interaction, member_id)
        await outgoing.edit_response(interaction, card)

    async def _card(self, interaction: Interaction, member_id: int) -> discord.ui.LayoutView:
        pause = await self._moderation_service.paused(_guild_of(interaction).id, member_id)
        return pause_status_card(self._texts, await self._languages.of(interaction), member_id, pause)


def _guild_of(interaction: Interaction) -> discord.Guild:
    """Return the server; raise ``RuleBroken`` unless the user moderates it."""
    # Discord hides the command from others, but a server can allow it to anyone, and buttons outlive a role.
    if interaction.guild is None or not is_moderator(interaction.user):
        raise RuleBroken("moderators-only")
    return interaction.guild


def _require_pausable(user: discord.User | discord.Member | None) -> None:
    """Raise ``RuleBroken`` for bots, and for moderators, who could lift the pause themselves."""
    if user is None:
        return
    if user.bot:
        raise RuleBroken("pause-bot")
    if is_moderator(user):
        raise RuleBroken("pause-moderator")


async def _member(guild: discord.Guild, member_id: int) -> discord.Member | None:
    """Return a member, or None if they left; they can be paused all the same, as they may come back."""
    try:
        return await guild.fetch_member(require_id(member_id))
    except discord.NotFound:
        return None


async def setup(bot: ImageBot) -> None:
    """Register the cog and its context menu."""
    cog = ModerationCog(
        bot.services.moderation,
        bot.delivery,
        bot.moderation_log,
        bot.presentation.errors,
        bot.presentation.languages,
        bot.presentation.texts,
    )
    bot.controls.register(PauseButton, cog.press)
    await bot.add_cog(cog)
    menu = app_commands.ContextMenu(name=localized("menu.pause"), callback=cog.pause)
    menu.default_permissions = discord.Permissions(manage_messages=True)
    menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
    menu.allowed_contexts = app_commands.AppCommandContext(
        guild=True, dm_channel=False, private_channel=False
    )
    bot.tree.add_command(menu)
