"""The buttons of the job cards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
from discord.ext import commands

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, Job, Size
from bot.gateway.client import ImageBot
from bot.services.members import MemberService
from bot.services.moderation import ModerationService
from bot.services.requests import ImageService
from bot.ui import outgoing
from bot.ui.cards.buttons import JobAction
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.delivery.save_to_dm import DmSaver
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.languages import Languages
from bot.ui.intake.forms import Forms
from bot.ui.intake.interactions import InteractionIntake
from bot.ui.intake.references import References
from bot.ui.intake.requesters import may_moderate, requester_of
from bot.ui.modlog.moderation_log import ModerationLog
from bot.ui.panels.member_pages import MemberPages

_Interaction = discord.Interaction[Any]


class ResultsCog(commands.Cog):
    """Handles Again, Edit, Remix, 4K, More, Delete, Cancel; by job id, so that they work for months."""

    def __init__(
        self,
        service: ImageService,
        moderation_service: ModerationService,
        moderation_log: ModerationLog,
        intake: InteractionIntake,
        references: References,
        delivery: DiscordDelivery,
        dm_saver: DmSaver,
        member_service: MemberService,
        cards: Cards,
        errors: ErrorPresenter,
        languages: Languages,
        forms: Forms,
        pages: MemberPages,
    ) -> None:
        self._service = service
        self._moderation_service = moderation_service
        self._moderation_log = moderation_log
        self._intake = intake
        self._references = references
        self._delivery = delivery
        self._dm_saver = dm_saver
        self._member_service = member_service
        self._cards = cards
        self._errors = errors
        self._languages = languages
        self._forms = forms
        self._pages = pages

    @commands.Cog.listener()
    async def on_job_button(self, interaction: _Interaction, action: JobAction, job_id: int) -> None:
        """Handle a press of a job's button."""
        try:
            await self._press(interaction, action, await self._service.job(job_id))
        except Exception as error:
            await self._errors.present(interaction, error)

    async def _press(self, interaction: _Interaction, action: JobAction, job: Job) -> None:
        match action:
            case "again":
                await self._repeat(interaction, job, job.draft)
            case "upscale":
                await self._repeat(interaction, job, _sized(job, "4K"))
            case "redo":
                await self._repeat(
                    interaction, job, _sized(job, request_rules.alternative_size(job.draft.request.size))
                )
            case "edit":
                await self._edit(interaction, job)
            case "remix":
                await self._remix(interaction, job)
            case "more":
                await self._more(interaction, job)
            case "delete":
                await self._delete(interaction, job)
            case "remove":
                await self._remove(interaction, job)
            case "cancel":
                await self._cancel(interaction, job)
            case "post":
                await self._post(interaction, job)
            case "save":
                await self._save(interaction, job)
            case "star" | "unstar":
                await self._star(interaction, job, starred=action == "star")
            case "original":
                await interaction.response.defer(ephemeral=True, thinking=True)
                await self._delivery.send_originals(interaction, job, await self._languages.of(interaction))

    async def _repeat(self, interaction: _Interaction, job: Job, draft: Draft) -> None:
        # A spoiler set by the channel of the original doesn't apply to another channel.
        draft = replace(draft, spoiler=False)
        if job.draft.kind == "imagine":
            return await self._intake.accept(interaction, draft)
        return await self._intake.accept_remix(
            interaction, draft, lambda: self._references.resolve_again(job.draft, interaction.user)
        )

    async def _edit(self, interaction: _Interaction, job: Job) -> None:
        async def submit(modal: _Interaction, draft: Draft, _: int) -> None:
            await self._repeat(modal, job, draft)

        await self._forms.ask(interaction, job.draft, submit, remix=False)

    async def _remix(self, interaction: _Interaction, job: Job) -> None:
        message = interaction.message
        if message is None:
            raise RuleBroken("no-reference")

        async def submit(modal: _Interaction, draft: Draft, _: int) -> None:
            await self._intake.accept_remix(modal, draft, lambda: self._references.from_message(message))

        request = replace(job.draft.request, prompt="", reference=None)
        draft = Draft(kind="remix", request=request, defaulted=frozenset({"style"}))
        await self._forms.ask(interaction, draft, submit, remix=True)

    async def _more(self, interaction: _Interaction, job: Job) -> None:
        card = await self._details(interaction, job)
        await outgoing.respond(interaction, card)

    async def _details(self, interaction: _Interaction, job: Job) -> discord.ui.LayoutView:
        locale, own = await self._languages.of(interaction), job.requester.user_id == interaction.user.id
        return self._cards.details(locale, job, own=own, deletable=_may_change(interaction, job))

    async def _save(self, interaction: _Interaction, job: Job) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        locale, shown = await self._languages.of(interaction), await self._references.pictures_of(job)
        link = await self._dm_saver.save(job, interaction.user, shown, locale)
        await outgoing.edit_response(interaction, self._cards.note(locale, "more.saved", link=link))

    async def _star(self, interaction: _Interaction, job: Job, *, starred: bool) -> None:
        await interaction.response.defer()
        job = await self._member_service.star(job.id, interaction.user.id, starred=starred)
        await outgoing.edit_response(interaction, await self._details(interaction, job))

    async def _delete(self, interaction: _Interaction, job: Job) -> None:
        await self._delete_everywhere(interaction, job)
        await interaction.delete_original_response()

    async def _remove(self, interaction: _Interaction, job: Job) -> None:
        """Delete the result from a list, which stays."""
        await self._delete_everywhere(interaction, job)
        note = self._cards.note(await self._languages.of(interaction), "deleted.done")
        await outgoing.follow_up(interaction, note)

    async def _delete_everywhere(self, interaction: _Interaction, job: Job) -> None:
        if not _may_change(interaction, job):
            raise RuleBroken("not-yours")
        await interaction.response.defer()
        await self._delivery.delete(job)
        # Otherwise its copies could be posted again.
        await self._moderation_service.delete_originals(job)
        await self._moderation_service.record_action(job, "deleted", interaction.user.id)
        self._moderation_log.result_deleted(job, interaction.user.id)

    async def _cancel(self, interaction: _Interaction, job: Job) -> None:
        if not _may_change(interaction, job):
            raise RuleBroken("not-yours")
        await interaction.response.defer()
        me = interaction.user.id
        cancelled = await self._service.cancel(job.id, me, moderator=may_moderate(interaction, job))
        await self._moderation_service.record_action(job, "cancelled", me)
        self._moderation_log.request_cancelled(job, me)
        card: discord.ui.LayoutView = self._cards.cancelled(cancelled)
        if interaction.message is not None and interaction.message.id != job.message_id:
            open_ = await self._service.open_jobs(me)
            card = self._pages.queue(await self._languages.of(interaction), open_)
        await outgoing.edit_response(interaction, card)
        # Last: another process may be sending a progress edit. Only the job as it was before has the token.
        await self._delivery.cancel(replace(job, card_until=cancelled.card_until))

    async def _post(self, interaction: _Interaction, job: Job) -> None:
        if job.requester.user_id != interaction.user.id:
            raise RuleBroken("not-yours")
        await self._moderation_service.check(interaction.guild_id, interaction.user.id)
        hidden = await self._service.require_access(requester_of(interaction))
        await interaction.response.defer(thinking=True)
        draft = replace(job.draft, spoiler=job.draft.spoiler or hidden)
        shown = await self._references.pictures_of(job)
        await self._delivery.repost(interaction, replace(job, draft=draft), shown)


def _sized(job: Job, size: Size) -> Draft:
    return replace(job.draft, request=replace(job.draft.request, size=size))


def _may_change(interaction: _Interaction, job: Job) -> bool:
    return request_rules.may_manage_job(job, interaction.user.id, moderator=may_moderate(interaction, job))


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    await bot.add_cog(
        ResultsCog(
            bot.service,
            bot.moderation_service,
            bot.moderation_log,
            bot.interaction_intake,
            bot.references,
            bot.delivery,
            DmSaver(bot.cards, bot.originals_reader, upload_cap=bot.app.settings.upload_limit),
            bot.member_service,
            bot.cards,
            bot.errors,
            bot.languages,
            bot.forms,
            bot.pages,
        )
    )
