"""The doors behind the buttons of every card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
from discord.ext import commands

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, Job, Size
from bot.gateway.client import ImageBot
from bot.services.members import Personal
from bot.services.moderation import Moderating
from bot.services.requests import ImageService
from bot.ui.cards.buttons import Action
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.discord_delivery import Delivery
from bot.ui.delivery.save_to_dm import Saving
from bot.ui.errors import Failures
from bot.ui.i18n.languages import Languages
from bot.ui.intake.forms import Forms
from bot.ui.intake.interactions import Desk
from bot.ui.intake.references import References
from bot.ui.intake.requesters import moderates, requester_of
from bot.ui.modlog.moderation_log import Records
from bot.ui.panels.member_pages import Pages

_Interaction = discord.Interaction[Any]


class Results(commands.Cog):
    """Again, Edit, Remix, 4K, More, Delete, Cancel: by job id, so they work for months."""

    def __init__(
        self,
        service: ImageService,
        moderating: Moderating,
        records: Records,
        desk: Desk,
        references: References,
        delivery: Delivery,
        saving: Saving,
        personal: Personal,
        cards: Cards,
        failures: Failures,
        languages: Languages,
        forms: Forms,
        pages: Pages,
    ) -> None:
        self._service = service
        self._moderating = moderating
        self._records = records
        self._desk = desk
        self._references = references
        self._delivery = delivery
        self._saving = saving
        self._personal = personal
        self._cards = cards
        self._failures = failures
        self._languages = languages
        self._forms = forms
        self._pages = pages

    @commands.Cog.listener()
    async def on_job_button(self, interaction: _Interaction, action: Action, job_id: int) -> None:
        """Answer a press."""
        try:
            await self._press(interaction, action, await self._service.job(job_id))
        except Exception as error:
            await self._failures.tell(interaction, error)

    async def _press(self, interaction: _Interaction, action: Action, job: Job) -> None:
        match action:
            case "again":
                await self._repeat(interaction, job, job.draft)
            case "upscale":
                await self._repeat(interaction, job, _sized(job, "4K"))
            case "redo":
                await self._repeat(
                    interaction, job, _sized(job, request_rules.other_size(job.draft.request.size))
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
                await self._delivery.give_originals(interaction, job, await self._languages.of(interaction))

    async def _repeat(self, interaction: _Interaction, job: Job, draft: Draft) -> None:
        # What the picture's own place hid, another need not.
        draft = replace(draft, spoiler=False)
        if job.draft.kind == "imagine":
            return await self._desk.accept(interaction, draft)
        return await self._desk.accept_remix(
            interaction, draft, lambda: self._references.again(job.draft, interaction.user)
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
            await self._desk.accept_remix(modal, draft, lambda: self._references.from_message(message))

        request = replace(job.draft.request, prompt="", reference=None)
        draft = Draft(kind="remix", request=request, unsaid=frozenset({"style"}))
        await self._forms.ask(interaction, draft, submit, remix=True)

    async def _more(self, interaction: _Interaction, job: Job) -> None:
        card = await self._settings(interaction, job)
        await interaction.response.send_message(
            view=card, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
        )

    async def _settings(self, interaction: _Interaction, job: Job) -> discord.ui.LayoutView:
        locale, own = await self._languages.of(interaction), job.requester.user_id == interaction.user.id
        return self._cards.settings(locale, job, own=own, deletable=_may_change(interaction, job))

    async def _save(self, interaction: _Interaction, job: Job) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        locale, shown = await self._languages.of(interaction), await self._references.shown_at(job)
        link = await self._saving.save(job, interaction.user, shown, locale)
        await interaction.edit_original_response(view=self._cards.note(locale, "more.saved", link=link))

    async def _star(self, interaction: _Interaction, job: Job, *, starred: bool) -> None:
        await interaction.response.defer()
        job = await self._personal.star(job.id, interaction.user.id, starred=starred)
        await _edit(interaction, await self._settings(interaction, job))

    async def _delete(self, interaction: _Interaction, job: Job) -> None:
        await self._take_away(interaction, job)
        await interaction.delete_original_response()

    async def _remove(self, interaction: _Interaction, job: Job) -> None:
        """Delete from a list that stays."""
        await self._take_away(interaction, job)
        note = self._cards.note(await self._languages.of(interaction), "deleted.done")
        await interaction.followup.send(view=note, ephemeral=True)

    async def _take_away(self, interaction: _Interaction, job: Job) -> None:
        if not _may_change(interaction, job):
            raise RuleBroken("not-yours")
        await interaction.response.defer()
        await self._delivery.delete(job)
        # Else its copies could be posted again.
        await self._moderating.forget(job)
        await self._moderating.note(job, "deleted", interaction.user.id)
        self._records.deleted(job, interaction.user.id)

    async def _cancel(self, interaction: _Interaction, job: Job) -> None:
        if not _may_change(interaction, job):
            raise RuleBroken("not-yours")
        await interaction.response.defer()
        me = interaction.user.id
        cancelled = await self._service.cancel(job.id, me, moderator=moderates(interaction, job))
        await self._moderating.note(job, "cancelled", me)
        self._records.cancelled(job, me)
        card: discord.ui.LayoutView = self._cards.cancelled(cancelled)
        if interaction.message is not None and interaction.message.id != job.message_id:
            open_ = await self._service.open_jobs(me)
            card = self._pages.queue(await self._languages.of(interaction), open_)
        await _edit(interaction, card)
        # Last of all: another process may have had news of the line on its way. The old job has the token.
        await self._delivery.cancel(replace(job, card_until=cancelled.card_until))

    async def _post(self, interaction: _Interaction, job: Job) -> None:
        if job.requester.user_id != interaction.user.id:
            raise RuleBroken("not-yours")
        await self._moderating.check(interaction.guild_id, interaction.user.id)
        hidden = await self._service.check_place(requester_of(interaction))
        await interaction.response.defer(thinking=True)
        draft = replace(job.draft, spoiler=job.draft.spoiler or hidden)
        shown = await self._references.shown_at(job)
        await self._delivery.post_again(interaction, replace(job, draft=draft), shown)


def _sized(job: Job, size: Size) -> Draft:
    return replace(job.draft, request=replace(job.draft.request, size=size))


async def _edit(interaction: _Interaction, card: discord.ui.LayoutView) -> None:
    await interaction.edit_original_response(view=card, allowed_mentions=discord.AllowedMentions.none())


def _may_change(interaction: _Interaction, job: Job) -> bool:
    return request_rules.may_change(job, interaction.user.id, moderator=moderates(interaction, job))


async def setup(bot: ImageBot) -> None:
    """Open the doors."""
    await bot.add_cog(
        Results(
            bot.service,
            bot.moderating,
            bot.records,
            bot.desk,
            bot.references,
            bot.delivery,
            Saving(bot.cards, bot.kept, upload_cap=bot.app.settings.upload_limit),
            bot.personal,
            bot.cards,
            bot.failures,
            bot.languages,
            bot.forms,
            bot.pages,
        )
    )
