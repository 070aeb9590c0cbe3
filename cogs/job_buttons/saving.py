"""The job buttons that send copies of a result: Save to my DMs, and Original."""

from __future__ import annotations

from bot.domain.models import Job
from bot.domain.requests.redraws import only_picture
from bot.gateway.client import ImageBot
from bot.services.member_limits import MemberLimiter
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.components import Interaction
from bot.ui.delivery.results.result_posts import ResultPosts
from bot.ui.delivery.results.save_to_dm import DmSaver
from bot.ui.i18n.languages import Languages
from bot.ui.intake.forms.picture_question import PictureQuestion
from bot.ui.intake.references.resolver import References


class SavingCog:
    """Sends pictures to direct messages, and originals."""

    def __init__(
        self,
        posts: ResultPosts,
        dm_saver: DmSaver,
        references: References,
        cards: Cards,
        languages: Languages,
        files_limit: MemberLimiter,
        question: PictureQuestion,
    ) -> None:
        self._question = question
        self._posts = posts
        self._dm_saver = dm_saver
        self._references = references
        self._cards = cards
        self._languages = languages
        self._files_limit = files_limit

    async def save(self, interaction: Interaction, job: Job) -> None:
        """Send the picture of a result to the user's direct messages, or ask which."""
        if len(job.pictures) > 1:
            await self._question.ask(interaction, job, "save")
        else:
            await self.save_all(interaction, job)

    async def save_picture(self, interaction: Interaction, job: Job, number: int) -> None:
        """Send one picture of a result to the user's direct messages."""
        await self._save(interaction, job, number)

    async def save_all(self, interaction: Interaction, job: Job) -> None:
        """Send all pictures of a result to the user's direct messages."""
        await self._save(interaction, job, None)

    async def _save(self, interaction: Interaction, job: Job, number: int | None) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        locale = await self._languages.of(interaction)
        async with self._files_limit.permit(interaction.user.id):
            shown = await self._references.pictures_of(job)
            if number is not None:
                shown, job = shown[number - 1 : number], only_picture(job, number)
            link = await self._dm_saver.save(job, interaction.user, shown, locale)
        await outgoing.edit_response(interaction, self._cards.note(locale, "more.saved", link=link))

    async def original_of_picture(self, interaction: Interaction, job: Job, number: int) -> None:
        """Send the original of one picture, ephemerally."""
        await self.original(interaction, only_picture(job, number))

    async def original(self, interaction: Interaction, job: Job) -> None:
        """Send a result's originals, ephemerally."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        locale = await self._languages.of(interaction)
        async with self._files_limit.permit(interaction.user.id):
            await self._posts.send_originals(interaction, job, locale)


async def setup(bot: ImageBot) -> None:
    """Register the buttons."""
    dm_saver = DmSaver(
        bot.presentation.cards, bot.results.originals_reader, upload_cap=bot.app.settings.upload_limit
    )
    cog = SavingCog(
        bot.results.posts,
        dm_saver,
        bot.intake.references,
        bot.presentation.cards,
        bot.presentation.languages,
        bot.limits.files,
        bot.intake.picture_question,
    )
    bot.job_actions.register({"save": cog.save, "save-all": cog.save_all, "original": cog.original})
    bot.job_actions.register_for_pictures({"save": cog.save_picture, "original": cog.original_of_picture})
