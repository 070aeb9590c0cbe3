"""Opens the form in which a request is changed before it is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.domain.models import Draft
from bot.services.deadline import Patience
from bot.services.members import Personal
from bot.services.requests import ImageService
from bot.ui.errors import Failures
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.intake.media import Media
from bot.ui.intake.modals import RequestModal, Submit


class Forms:
    """Fills forms in with what a person may choose from, within the three seconds there are to show one."""

    def __init__(
        self,
        service: ImageService,
        personal: Personal,
        failures: Failures,
        languages: Languages,
        texts: Texts,
        *,
        patience: Patience | None = None,
    ) -> None:
        self._service = service
        self._personal = personal
        self._failures = failures
        self._languages = languages
        self._texts = texts
        self._patience = patience or Patience(0.7)

    async def ask(
        self,
        interaction: discord.Interaction[Any],
        draft: Draft,
        submit: Submit,
        *,
        remix: bool,
        pictures: Sequence[Media] = (),
    ) -> None:
        """Show a draft to be changed, first filling in what it leaves open; ``submit`` gets the new one."""
        user_id, guild_id = interaction.user.id, interaction.guild_id
        if draft.unsaid:
            draft = await self._patience.wait(self._service.settle(draft, user_id, guild_id), draft)
        offered = await self._patience.wait(self._personal.offered(user_id, guild_id), [])
        form = RequestModal(
            self._texts,
            self._failures,
            await self._languages.of(interaction),
            draft,
            submit,
            remix=remix,
            styles=[kept.style for kept in offered],
            pictures=pictures,
        )
        await interaction.response.send_modal(form)
