"""The context menus Remix (on a message) and Remix avatar (on a user)."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import app_commands

from bot.domain import request_rules
from bot.domain.errors import ReferenceUnusable
from bot.domain.models import Draft, ImageRequest
from bot.gateway.client import ImageBot
from bot.ui.components import Interaction
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.command_translator import localized
from bot.ui.intake.forms import Forms
from bot.ui.intake.interactions import InteractionIntake
from bot.ui.intake.media import Media, pictures_in
from bot.ui.intake.modals import Submit
from bot.ui.intake.references import References
from bot.ui.intake.requesters import is_guest


class MenusCog:
    """Remixes the pictures of a message, or an avatar."""

    def __init__(
        self, intake: InteractionIntake, references: References, errors: ErrorPresenter, forms: Forms
    ) -> None:
        self._intake = intake
        self._references = references
        self._errors = errors
        self._forms = forms

    async def remix(self, interaction: Interaction, message: discord.Message) -> None:
        """Show the remix form for the pictures of a message."""
        pictures = pictures_in(message)
        if not pictures:
            await self._errors.present(interaction, ReferenceUnusable("no-picture"))
            return
        # As a guest the bot can't fetch the message again later: read it now.
        find = (
            self._references.from_unfetchable_message
            if is_guest(interaction)
            else self._references.from_message
        )

        async def submit(modal: Interaction, draft: Draft, picture: int) -> None:
            await self._intake.accept_remix(modal, draft, lambda: find(message, picture))

        await self._ask(interaction, submit, pictures)

    async def remix_avatar(self, interaction: Interaction, user: discord.User | discord.Member) -> None:
        """Show the remix form for a user's avatar."""

        async def submit(modal: Interaction, draft: Draft, _: int) -> None:
            await self._intake.accept_remix(modal, draft, lambda: self._references.from_avatar(user))

        await self._ask(interaction, submit)

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
    menus = MenusCog(bot.interaction_intake, bot.references, bot.errors, bot.forms)
    bot.tree.add_command(app_commands.ContextMenu(name=localized("menu.remix"), callback=menus.remix))
    bot.tree.add_command(
        app_commands.ContextMenu(name=localized("menu.remix-avatar"), callback=menus.remix_avatar)
    )
