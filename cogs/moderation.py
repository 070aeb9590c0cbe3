"""The door Apps → Pause pictures, for moderators, and the buttons that pause and lift."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import RuleBroken
from bot.gateway.client import ImageBot
from bot.services.moderation import Moderating
from bot.ui.delivery.discord_delivery import Delivery
from bot.ui.errors import Failures
from bot.ui.i18n.command_translator import said
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.intake.requesters import keeps_order
from bot.ui.modlog.moderation_log import Records
from bot.ui.panels.pause_forms import PauseAction, PauseButton, PauseModal, pause_card

_Interaction = discord.Interaction[Any]
_NOBODY = discord.AllowedMentions.none()


class Moderation(commands.Cog):
    """Pausing members who ask for what they should not."""

    def __init__(
        self,
        moderating: Moderating,
        delivery: Delivery,
        records: Records,
        failures: Failures,
        languages: Languages,
        texts: Texts,
    ) -> None:
        self._moderating = moderating
        self._delivery = delivery
        self._records = records
        self._failures = failures
        self._languages = languages
        self._texts = texts

    async def pause(self, interaction: _Interaction, person: discord.User | discord.Member) -> None:
        """Show that a member is paused, or ask for how long they shall be."""
        async with self._failures.answering(interaction):
            guild = _guild_of(interaction)
            _refuse_untouchable(person)
            if await self._moderating.paused(guild.id, person.id) is None:
                await self._ask(interaction, person.id)
            else:
                card = await self._card(interaction, person.id)
                await interaction.response.send_message(view=card, ephemeral=True, allowed_mentions=_NOBODY)

    @commands.Cog.listener()
    async def on_pause_button(self, interaction: _Interaction, action: PauseAction, member_id: int) -> None:
        """Answer a press."""
        try:
            guild = _guild_of(interaction)
            if action == "lift":
                await self._lift(interaction, guild, member_id)
            else:
                _refuse_untouchable(await _member(guild, member_id))
                await self._ask(interaction, member_id)
        except Exception as error:
            await self._failures.tell(interaction, error)

    async def _ask(self, interaction: _Interaction, member_id: int) -> None:
        async def submit(modal: _Interaction, seconds: float, reason: str) -> None:
            await self._pause(modal, member_id, seconds, reason)

        locale = await self._languages.of(interaction)
        await interaction.response.send_modal(PauseModal(self._texts, self._failures, locale, submit))

    async def _pause(self, interaction: _Interaction, member_id: int, seconds: float, reason: str) -> None:
        # Once more: whoever filled the form in may have lost the role meanwhile.
        guild = _guild_of(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        pause, dropped = await self._moderating.pause(
            guild.id, member_id, by_id=interaction.user.id, seconds=seconds, reason=reason
        )
        self._records.paused(guild.id, pause)
        card = await self._card(interaction, member_id)
        await interaction.edit_original_response(view=card, allowed_mentions=_NOBODY)
        for job in dropped:
            self._records.cancelled(job, interaction.user.id)
            await self._delivery.cancel(job)

    async def _lift(self, interaction: _Interaction, guild: discord.Guild, member_id: int) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        if await self._moderating.lift(guild.id, member_id, by_id=interaction.user.id):
            self._records.lifted(guild.id, member_id, interaction.user.id)
        card = await self._card(interaction, member_id)
        await interaction.edit_original_response(view=card, allowed_mentions=_NOBODY)

    async def _card(self, interaction: _Interaction, member_id: int) -> discord.ui.LayoutView:
        pause = await self._moderating.paused(_guild_of(interaction).id, member_id)
        return pause_card(self._texts, await self._languages.of(interaction), member_id, pause)


def _guild_of(interaction: _Interaction) -> discord.Guild:
    """Return the server that is meant; raise ``RuleBroken`` for those who don't keep order in it."""
    # Discord hides the command from others, but a server may show it to anyone, and buttons outlive a role.
    if interaction.guild is None or not keeps_order(interaction.user):
        raise RuleBroken("moderators-only")
    return interaction.guild


def _refuse_untouchable(person: discord.User | discord.Member | None) -> None:
    """Raise ``RuleBroken`` for those who ask for nothing, and for those who could lift it themselves."""
    if person is None:
        return
    if person.bot:
        raise RuleBroken("pause-bot")
    if keeps_order(person):
        raise RuleBroken("pause-moderator")


async def _member(guild: discord.Guild, member_id: int) -> discord.Member | None:
    """Return a member, None when they are gone: who left may come back."""
    try:
        return await guild.fetch_member(member_id)
    except discord.NotFound:
        return None


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    bot.add_dynamic_items(PauseButton)
    cog = Moderation(bot.moderating, bot.delivery, bot.records, bot.failures, bot.languages, bot.texts)
    await bot.add_cog(cog)
    menu = app_commands.ContextMenu(name=said("menu.pause"), callback=cog.pause)
    menu.default_permissions = discord.Permissions(manage_messages=True)
    menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
    menu.allowed_contexts = app_commands.AppCommandContext(
        guild=True, dm_channel=False, private_channel=False
    )
    bot.tree.add_command(menu)
