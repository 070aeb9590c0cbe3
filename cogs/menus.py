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
from bot.gateway.composition.intake import Intake
from bot.gateway.composition.presentation import Presentation
from bot.services.deadline import Deadline
from bot.ui import outgoing
from bot.ui.components import Interaction
from bot.ui.i18n.command_translator import localized
from bot.ui.intake.forms.modals import Submit
from bot.ui.intake.forms.picture_choice import picture_choice
from bot.ui.intake.references.media import Media, pictures_in
from bot.ui.intake.requesters import is_guest


class MenusCog:
    """Remixes the pictures of a message, or an avatar."""

    def __init__(self, intake: Intake, presentation: Presentation) -> None:
        self._intake = intake.interactions
        self._references = intake.references
        self._owners = intake.picture_owners
        self._deadline = Deadline(1.0)
        self._refusals = intake.remix_refusals
        self._forms = intake.forms
        self._choices = intake.choices
        self._languages = presentation.languages
        self._texts = presentation.texts

    async def remix(self, interaction: Interaction, message: discord.Message) -> None:
        """Show the remix form for the pictures of a message."""
        try:
            await self._ask_about(interaction, message)
        except BotError as error:
            await self._refusals.present(interaction, error)

    async def remix_avatar(self, interaction: Interaction, user: discord.User | discord.Member) -> None:
        """Show the remix form for a user's avatar."""

        async def submit(modal: Interaction, draft: Draft, files: Sequence[discord.Attachment]) -> None:
            uploads = self._references.find_uploads(files)
            await self._intake.accept_remix(
                modal, draft, lambda: self._references.from_avatar(user, modal.user), *uploads
            )

        try:
            await self._require(self._owners.require_for_avatar(user.id, interaction.user))
            await self._ask(interaction, submit)
        except BotError as error:
            await self._refusals.present(interaction, error)

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

        async def ask(asked: Interaction, number: int) -> None:
            async def submit(modal: Interaction, draft: Draft, files: Sequence[discord.Attachment]) -> None:
                uploads = self._references.find_uploads(files)
                await self._intake.accept_remix(
                    modal, draft, lambda: find(message, modal.user, number), *uploads
                )

            await self._ask(asked, submit, pictures[number - 1])

        if len(pictures) == 1:
            await ask(interaction, 1)
        else:
            button = self._choices.open(interaction.user.id, ask)
            locale = await self._languages.of(interaction)
            await outgoing.respond(interaction, picture_choice(self._texts, locale, pictures, button))

    async def _require(self, consent: Coroutine[Any, Any, None]) -> None:
        """Check the owner's consent before the form is shown, if that is quick; its submit checks again."""
        await self._deadline.wait_or_default(consent, None, raises=BotError)

    async def _ask(self, interaction: Interaction, submit: Submit, picture: Media | None = None) -> None:
        ratio = request_rules.closest_ratio(picture.width, picture.height) if picture else "1:1"
        draft = Draft(
            kind="remix",
            request=ImageRequest(prompt="", ratio=ratio),
            defaulted=frozenset({"size", "style", "model"}),
        )
        await self._forms.ask(interaction, draft, submit, remix=True)


async def setup(bot: ImageBot) -> None:
    """Register the context menus."""
    menus = MenusCog(bot.intake, bot.presentation)
    bot.tree.add_command(app_commands.ContextMenu(name=localized("menu.remix"), callback=menus.remix))
    bot.tree.add_command(
        app_commands.ContextMenu(name=localized("menu.remix-avatar"), callback=menus.remix_avatar)
    )
