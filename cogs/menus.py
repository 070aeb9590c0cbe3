"""The context menus Remix (on a message) and Remix avatar (on a user)."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.domain import request_rules
from bot.domain.errors import BotError, ReferenceUnusable
from bot.domain.models import Draft, ImageRequest
from bot.gateway.client import ImageBot
from bot.services.deadline import Deadline
from bot.ui.components import Interaction
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.command_translator import localized
from bot.ui.intake.forms import Forms
from bot.ui.intake.interactions import InteractionIntake
from bot.ui.intake.media import Media, pictures_in
from bot.ui.intake.modals import Submit
from bot.ui.intake.picture_owners import PictureOwners
from bot.ui.intake.references import References
from bot.ui.intake.requesters import is_guest


class MenusCog:
    """Remixes the pictures of a message, or an avatar."""

    def __init__(
        self,
        intake: InteractionIntake,
        references: References,
        owners: PictureOwners,
        errors: ErrorPresenter,
        forms: Forms,
    ) -> None:
        self._intake = intake
        self._references = references
        self._owners = owners
        self._deadline = Deadline(1.0)
        self._errors = errors
        self._forms = forms

    async def remix(self, interaction: Interaction, message: discord.Message) -> None:
        """Show the remix form for the pictures of a message."""
        async with self._errors.present_errors(interaction):
            await self._ask_about(interaction, message)

    async def remix_avatar(self, interaction: Interaction, user: discord.User | discord.Member) -> None:
        """Show the remix form for a user's avatar."""

        async def submit(modal: Interaction, draft: Draft, _: int) -> None:
            await self._intake.accept_remix(
                modal, draft, lambda: self._references.from_avatar(user, modal.user)
            )

        async with self._errors.present_errors(interaction):
            await self._require(self._owners.require_for_avatar(user.id, interaction.user))
            await self._ask(interaction, submit)

    async def _ask_about(self, interaction: Interaction, message: discord.Message) -> None:
        pictures = pictures_in(message)
        if not pictures:
            raise ReferenceUnusable("no-picture")
        await self._require(self._owners.require_for_message(message, interaction.user))
        # As a guest the bot can't fetch the message again later: read it now.
        find = (
            self._references.from_unfetchable_message
            if is_guest(interaction)
            else self._references.from_message
        )

        async def submit(modal: Interaction, draft: Draft, picture: int) -> None:
            await self._intake.accept_remix(modal, draft, lambda: find(message, modal.user, picture))

        await self._ask(interaction, submit, pictures)

    async def _require(self, consent: Coroutine[Any, Any, None]) -> None:
        """Check the owner's consent before the form is shown, if that is quick; its submit checks again."""
        await self._deadline.wait_or_default(consent, None, raises=BotError)

    async def _ask(self, interaction: Interaction, submit: Submit, pictures: Sequence[Media] = ()) -> None:
        ratio = request_rules.closest_ratio(pictures[0].width, pictures[0].height) if pictures else "1:1"
        draft = Draft(
            kind="remix",
            request=ImageRequest(prompt="", ratio=ratio),
            defaulted=frozenset({"size", "style"}),
        )
        await self._forms.ask(interaction, draft, submit, remix=True, pictures=pictures)


async def setup(bot: ImageBot) -> None:
    """Register the context menus."""
    menus = MenusCog(bot.interaction_intake, bot.references, bot.picture_owners, bot.errors, bot.forms)
    bot.tree.add_command(app_commands.ContextMenu(name=localized("menu.remix"), callback=menus.remix))
    bot.tree.add_command(
        app_commands.ContextMenu(name=localized("menu.remix-avatar"), callback=menus.remix_avatar)
    )
