"""The /privacy command: export and deletion of a user's data."""

from __future__ import annotations

from dataclasses import replace

from discord import app_commands
from discord.ext import commands

from bot.domain.errors import RuleBroken
from bot.domain.requests.cancellation import Cancellation
from bot.gateway.client import ImageBot
from bot.services.member_limits import MemberLimiter
from bot.services.personal_data.privacy import PrivacyService
from bot.services.queue import QueueService
from bot.services.requests import RequestService
from bot.ui import outgoing
from bot.ui.components import Interaction
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.i18n.command_translator import localized
from bot.ui.i18n.languages import Languages
from bot.ui.intake.references.media import files_of
from bot.ui.panels.privacy_cards import PrivacyButton, PrivacyCards

_ERASURE = Cancellation("erasure")


class PrivacyCog(commands.Cog):
    """Shows, exports and deletes the data stored about a user."""

    def __init__(
        self,
        requests: RequestService,
        queue: QueueService,
        privacy: PrivacyService,
        delivery: DiscordDelivery,
        cards: PrivacyCards,
        languages: Languages,
        limit: MemberLimiter,
    ) -> None:
        self._requests = requests
        self._queue = queue
        self._privacy = privacy
        self._delivery = delivery
        self._cards = cards
        self._languages = languages
        self._limit = limit

    @app_commands.command(name=localized("command.privacy"), description=localized("about.privacy"))
    async def privacy(self, interaction: Interaction) -> None:
        """Show what is stored about the user."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._overview(interaction)

    async def press(self, interaction: Interaction, button: PrivacyButton) -> None:
        """Handle a press of one of the card's buttons."""
        await interaction.response.defer()
        match button.step:
            case "export":
                await self._export(interaction)
            case "erase":
                locale, stored = await self._locale_and_count(interaction)
                opted_out = await self._privacy.has_opted_out(interaction.user.id)
                card = self._cards.confirmation(locale, stored, opted_out=opted_out)
                await outgoing.edit_response(interaction, card)
            case "erase-all":
                await self._erase(interaction, keep_opt_out=False)
            case "erase-but-opt-out":
                await self._erase(interaction, keep_opt_out=True)
            case "keep":
                await self._overview(interaction)

    async def _overview(self, interaction: Interaction) -> None:
        locale, stored = await self._locale_and_count(interaction)
        await outgoing.edit_response(interaction, self._cards.overview(locale, stored))

    async def _locale_and_count(self, interaction: Interaction) -> tuple[str, int]:
        return await self._languages.of(interaction), await self._privacy.count_requests(interaction.user.id)

    async def _export(self, interaction: Interaction) -> None:
        # Held until they are sent: the files stay in memory so long.
        async with self._limit.permit(interaction.user.id):
            locale = await self._languages.of(interaction)
            async for export in self._privacy.export(interaction.user.id, interaction.filesize_limit):
                files = files_of([export.content], [export.name])
                await outgoing.follow_up(interaction, self._cards.export(locale, [export.name]), files)

    async def _erase(self, interaction: Interaction, *, keep_opt_out: bool) -> None:
        locale, user_id = await self._languages.of(interaction), interaction.user.id
        async with self._limit.permit(user_id):
            erased = await self._erase_all(user_id, keep_opt_out=keep_opt_out)
        await outgoing.edit_response(
            interaction, self._cards.erased(locale, erased, kept_opt_out=keep_opt_out)
        )

    async def _erase_all(self, user_id: int, *, keep_opt_out: bool) -> int:
        for job, _ in await self._queue.open_jobs(user_id):
            try:
                await self._requests.cancel(job.id, user_id, _ERASURE)
            except RuleBroken:
                continue  # it finished in the meantime
            await self._delivery.cancel(replace(job, facts=_ERASURE.facts))
        return await self._privacy.erase(user_id, keep_opt_out=keep_opt_out)


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    cards = PrivacyCards(
        bot.presentation.texts,
        bot.services.requests.config.models,
        retention=bot.app.settings.retention_days,
        keeps_originals=bot.app.settings.keep_originals,
    )
    cog = PrivacyCog(
        bot.services.requests,
        bot.services.queue,
        bot.services.privacy,
        bot.delivery,
        cards,
        bot.presentation.languages,
        bot.limits.personal_data,
    )
    bot.controls.register(PrivacyButton, cog.press)
    await bot.add_cog(cog)
