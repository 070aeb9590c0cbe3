"""The buttons of one picture of a result, and those of a result that ask which picture is meant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from discord import Attachment, ui

from bot.domain.image_models.comparisons import of_picture
from bot.domain.models import Draft, Job, RedrawKind
from bot.domain.requests.edits import kept_model
from bot.domain.requests.redraws import redraw
from bot.gateway.client import ImageBot
from bot.services.guilds import GuildService
from bot.ui import outgoing
from bot.ui.cards.buttons.picture_buttons import PictureAction, PictureButton
from bot.ui.cards.picture_cards import PictureCards, PicturePage
from bot.ui.components import Interaction
from bot.ui.i18n.languages import Languages
from bot.ui.intake.forms.edit_form import Forms
from bot.ui.intake.forms.picture_question import PictureQuestion
from bot.ui.intake.interactions.intake import InteractionIntake
from bot.ui.intake.references.resolver import References
from bot.ui.intake.requesters import link_to, may_manage

_ForOne = Callable[[Interaction, Job, int], Awaitable[None]]


class OnePictureCog:
    """Opens, remixes, redraws and links one picture of a result."""

    def __init__(
        self,
        intake: InteractionIntake,
        references: References,
        forms: Forms,
        guilds: GuildService,
        cards: PictureCards,
        question: PictureQuestion,
        languages: Languages,
    ) -> None:
        self._intake = intake
        self._references = references
        self._forms = forms
        self._guilds = guilds
        self._cards = cards
        self._question = question
        self._languages = languages

    async def open(self, interaction: Interaction, job: Job, number: int) -> None:
        """Show one picture alone."""
        shown = interaction.message is not None and interaction.message.id == job.message_id
        page = PicturePage(
            largest=await self._guilds.largest_size(interaction.guild_id),
            link=None if shown else link_to(job),
            deletable=may_manage(interaction, job),
        )
        await self._question.show(
            interaction,
            job,
            lambda locale, pictures: self._cards.picture(locale, job, number, pictures[number - 1], page),
        )

    async def remix(self, interaction: Interaction, job: Job, number: int = 1) -> None:
        """Show a form and submit a remix of the picture."""

        async def submit(modal: Interaction, draft: Draft, files: Sequence[Attachment]) -> None:
            await self._accept(modal, interaction, job, number, draft, files)

        request = replace(job.draft.request, prompt="")
        draft = Draft(kind="remix", request=request, defaulted=frozenset({"style", "model"}))
        await self._forms.ask(interaction, draft, submit, remix=True)

    async def upscale(self, interaction: Interaction, job: Job, number: int = 1) -> None:
        """Redraw the picture at 4K."""
        await self._redraw(interaction, job, number, "upscale")

    async def vary(self, interaction: Interaction, job: Job, number: int = 1) -> None:
        """Draw a variation of the picture."""
        await self._redraw(interaction, job, number, "vary")

    async def link(self, interaction: Interaction, job: Job, number: int) -> None:
        """Show the link of the picture."""
        card: ui.LayoutView = self._cards.link(
            await self._languages.of(interaction), f"{link_to(job)}#{number}"
        )
        await outgoing.respond(interaction, card)

    def one_or_ask(
        self, action: PictureAction, for_one: _ForOne
    ) -> Callable[[Interaction, Job], Awaitable[None]]:
        """Return a handler for a result: of its only picture, or one that asks which is meant."""

        async def handle(interaction: Interaction, job: Job) -> None:
            if len(job.pictures) > 1:
                await self._question.ask(interaction, job, action)
            else:
                await for_one(interaction, of_picture(job, 1), 1)

        return handle

    async def _redraw(self, interaction: Interaction, job: Job, number: int, kind: RedrawKind) -> None:
        await self._accept(interaction, interaction, job, number, kept_model(redraw(job, kind)))

    async def _accept(
        self,
        interaction: Interaction,
        pressed: Interaction,
        job: Job,
        number: int,
        draft: Draft,
        files: Sequence[Attachment] = (),
    ) -> None:
        uploads = self._references.find_uploads(files)
        find = partial(self._references.from_result, job, number, pressed.message, interaction.user)
        await self._intake.accept_remix(interaction, draft, find, *uploads)


async def setup(bot: ImageBot) -> None:
    """Register the buttons."""
    cog = OnePictureCog(
        bot.intake.interactions,
        bot.intake.references,
        bot.intake.forms,
        bot.services.guilds,
        bot.presentation.picture_cards,
        bot.intake.picture_question,
        bot.presentation.languages,
    )
    bot.controls.register(PictureButton, bot.job_actions.handle_picture)
    bot.job_actions.register_for_pictures({"open": cog.open, "remix": cog.remix, "link": cog.link})
    bot.job_actions.register_for_pictures({"upscale": cog.upscale, "vary": cog.vary}, requests=True)
    bot.job_actions.register(
        {
            "open": cog.one_or_ask("open", cog.open),
            "remix": cog.one_or_ask("remix", cog.remix),
            "upscale": cog.one_or_ask("upscale", cog.upscale),
            "vary": cog.one_or_ask("vary", cog.vary),
        }
    )
