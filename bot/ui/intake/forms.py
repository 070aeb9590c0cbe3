"""Opens the form in which a request is edited before it is submitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.domain.models import Draft
from bot.services.deadline import Deadline
from bot.services.members import MemberService
from bot.services.requests import ImageService
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.intake.media import Media
from bot.ui.intake.modals import RequestModal, Submit


class Forms:
    """Opens request forms within the three seconds that Discord allows."""

    def __init__(
        self,
        service: ImageService,
        member_service: MemberService,
        errors: ErrorPresenter,
        languages: Languages,
        texts: Texts,
        *,
        deadline: Deadline | None = None,
    ) -> None:
        self._service = service
        self._member_service = member_service
        self._errors = errors
        self._languages = languages
        self._texts = texts
        self._deadline = deadline or Deadline(0.7)

    async def ask(
        self,
        interaction: discord.Interaction[Any],
        draft: Draft,
        submit: Submit,
        *,
        remix: bool,
        pictures: Sequence[Media] = (),
    ) -> None:
        """Show a form prefilled from a draft and the defaults; ``submit`` gets the edited draft."""
        user_id, guild_id = interaction.user.id, interaction.guild_id
        if draft.defaulted:
            draft = await self._deadline.wait_or_default(
                self._service.resolve(draft, user_id, guild_id), draft
            )
        available = await self._deadline.wait_or_default(
            self._member_service.available_styles(user_id, guild_id), []
        )
        form = RequestModal(
            self._texts,
            self._errors,
            await self._languages.of(interaction),
            draft,
            submit,
            remix=remix,
            styles=[kept.style for kept in available],
            pictures=pictures,
        )
        await interaction.response.send_modal(form)
