"""The door /privacy: what is kept about a person, to take away or to be deleted."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import RuleBroken
from bot.gateway.client import ImageBot
from bot.services.privacy import Privacy
from bot.services.requests import ImageService
from bot.ui.delivery.discord_delivery import Delivery
from bot.ui.errors import Failures
from bot.ui.i18n.command_translator import said
from bot.ui.i18n.languages import Languages
from bot.ui.intake.media import files_of
from bot.ui.panels.privacy_cards import PrivacyButton, PrivacyCards, Step

_Interaction = discord.Interaction[Any]


class PrivacyDoor(commands.Cog):
    """One card, and what its buttons do."""

    def __init__(
        self,
        service: ImageService,
        privacy: Privacy,
        delivery: Delivery,
        cards: PrivacyCards,
        failures: Failures,
        languages: Languages,
    ) -> None:
        self._service = service
        self._privacy = privacy
        self._delivery = delivery
        self._cards = cards
        self._failures = failures
        self._languages = languages

    @app_commands.command(name=said("command.privacy"), description=said("about.privacy"))
    async def privacy(self, interaction: _Interaction) -> None:
        """Show what is kept about oneself."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._overview(interaction)

    @commands.Cog.listener()
    async def on_privacy_step(self, interaction: _Interaction, step: Step) -> None:
        """Answer a press."""
        try:
            await interaction.response.defer()
            await self._take(interaction, step)
        except Exception as error:
            await self._failures.tell(interaction, error)

    async def _take(self, interaction: _Interaction, step: Step) -> None:
        match step:
            case "export":
                await self._export(interaction)
            case "erase":
                locale, kept = await self._known(interaction)
                await interaction.edit_original_response(view=self._cards.question(locale, kept))
            case "erase-all":
                await self._erase(interaction)
            case "keep":
                await self._overview(interaction)

    async def _overview(self, interaction: _Interaction) -> None:
        locale, kept = await self._known(interaction)
        await interaction.edit_original_response(view=self._cards.overview(locale, kept))

    async def _known(self, interaction: _Interaction) -> tuple[str, int]:
        return await self._languages.of(interaction), await self._privacy.kept(interaction.user.id)

    async def _export(self, interaction: _Interaction) -> None:
        exports = await self._privacy.export(interaction.user.id, interaction.filesize_limit)
        locale = await self._languages.of(interaction)
        for export in exports:
            await interaction.followup.send(
                view=self._cards.export(locale, [export.name]),
                files=files_of([export.content], [export.name]),
                ephemeral=True,
            )

    async def _erase(self, interaction: _Interaction) -> None:
        locale, user_id = await self._languages.of(interaction), interaction.user.id
        for job, _ in await self._service.open_jobs(user_id):
            try:
                await self._service.cancel(job.id, user_id, moderator=False)
            except RuleBroken:
                continue  # it came to its end in this moment
            await self._delivery.cancel(job)
        erased = await self._privacy.forget(user_id)
        await interaction.edit_original_response(view=self._cards.erased(locale, erased))


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    bot.add_dynamic_items(PrivacyButton)
    cards = PrivacyCards(
        bot.texts, retention=bot.privacy.retention, keeps_originals=bot.app.settings.keep_originals
    )
    await bot.add_cog(PrivacyDoor(bot.service, bot.privacy, bot.delivery, cards, bot.failures, bot.languages))
