"""The job buttons that send copies of a result: Save to my DMs, and Original."""

from __future__ import annotations

from bot.domain.models import Job
from bot.gateway.client import ImageBot
from bot.services.member_limits import MemberLimiter
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.components import Interaction
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.delivery.save_to_dm import DmSaver
from bot.ui.i18n.languages import Languages
from bot.ui.intake.references import References


class SavingCog:
    """Sends pictures to direct messages, and originals."""

    def __init__(
        self,
        delivery: DiscordDelivery,
        dm_saver: DmSaver,
        references: References,
        cards: Cards,
        languages: Languages,
        files_limit: MemberLimiter,
    ) -> None:
        self._delivery = delivery
        self._dm_saver = dm_saver
        self._references = references
        self._cards = cards
        self._languages = languages
        self._files_limit = files_limit

    async def save(self, interaction: Interaction, job: Job) -> None:
        """Send a result to the user's direct messages."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        locale = await self._languages.of(interaction)
        async with self._files_limit.permit(interaction.user.id):
            shown = await self._references.pictures_of(job)
            link = await self._dm_saver.save(job, interaction.user, shown, locale)
        await outgoing.edit_response(interaction, self._cards.note(locale, "more.saved", link=link))

    async def original(self, interaction: Interaction, job: Job) -> None:
        """Send a result's originals, ephemerally."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        locale = await self._languages.of(interaction)
        async with self._files_limit.permit(interaction.user.id):
            await self._delivery.send_originals(interaction, job, locale)


async def setup(bot: ImageBot) -> None:
    """Register the buttons."""
    dm_saver = DmSaver(bot.cards, bot.originals_reader, upload_cap=bot.app.settings.upload_limit)
    cog = SavingCog(bot.delivery, dm_saver, bot.references, bot.cards, bot.languages, bot.limits.files)
    bot.job_actions.register({"save": cog.save, "original": cog.original})
