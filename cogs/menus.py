"""The doors under Apps: Remix on a message, and Remix avatar on a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.domain import request_rules
from bot.domain.errors import ReferenceUnusable
from bot.domain.models import Draft, ImageRequest
from bot.gateway.client import ImageBot
from bot.ui.errors import Failures
from bot.ui.i18n.command_translator import said
from bot.ui.intake.forms import Forms
from bot.ui.intake.interactions import Desk
from bot.ui.intake.media import Media, pictures_in
from bot.ui.intake.modals import Submit
from bot.ui.intake.references import References
from bot.ui.intake.requesters import is_guest

_Interaction = discord.Interaction[Any]


class Menus:
    """Picture to picture, from whatever one points at."""

    def __init__(self, desk: Desk, references: References, failures: Failures, forms: Forms) -> None:
        self._desk = desk
        self._references = references
        self._failures = failures
        self._forms = forms

    async def remix(self, interaction: _Interaction, message: discord.Message) -> None:
        """Ask what should become of a message's picture."""
        pictures = pictures_in(message)
        if not pictures:
            await self._failures.tell(interaction, ReferenceUnusable("no-picture"))
            return
        # Only now is the bot shown the message; where it is a guest it can't look once more.
        find = self._references.from_glance if is_guest(interaction) else self._references.from_message

        async def submit(modal: _Interaction, draft: Draft, picture: int) -> None:
            await self._desk.accept_remix(modal, draft, lambda: find(message, picture))

        await self._ask(interaction, submit, pictures)

    async def remix_avatar(self, interaction: _Interaction, person: discord.User | discord.Member) -> None:
        """Ask what should become of a person's avatar."""

        async def submit(modal: _Interaction, draft: Draft, _: int) -> None:
            await self._desk.accept_remix(modal, draft, lambda: self._references.from_avatar(person))

        await self._ask(interaction, submit)

    async def _ask(self, interaction: _Interaction, submit: Submit, pictures: Sequence[Media] = ()) -> None:
        ratio = request_rules.closest_ratio(pictures[0].width, pictures[0].height) if pictures else "1:1"
        draft = Draft(
            kind="remix",
            request=ImageRequest(prompt="", ratio=ratio),
            unsaid=frozenset({"size", "style"}),
        )
        await self._forms.ask(interaction, draft, submit, remix=True, pictures=pictures)


async def setup(bot: ImageBot) -> None:
    """Open the doors."""
    menus = Menus(bot.desk, bot.references, bot.failures, bot.forms)
    bot.tree.add_command(app_commands.ContextMenu(name=said("menu.remix"), callback=menus.remix))
    bot.tree.add_command(
        app_commands.ContextMenu(name=said("menu.remix-avatar"), callback=menus.remix_avatar)
    )
