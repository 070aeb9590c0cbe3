"""The door /styles: what a server and its members keep to be added to prompts."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.models import KeptStyle, Style, StyleOwner
from bot.gateway.client import ImageBot
from bot.services.members import Personal
from bot.services.requests import ImageService
from bot.ui.errors import Failures
from bot.ui.i18n.command_translator import said
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.intake.media import Media
from bot.ui.intake.references import References
from bot.ui.panels.style_pages import (
    PAGE,
    OwnerKind,
    Shelf,
    StyleAction,
    Stylebook,
    StyleButton,
    StyleModal,
    StyleSelect,
)

_Interaction = discord.Interaction[Any]


class Styles(commands.Cog):
    """Looked at by everyone; a server's are changed by its managers, one's own by oneself."""

    def __init__(
        self,
        service: ImageService,
        personal: Personal,
        references: References,
        failures: Failures,
        languages: Languages,
        texts: Texts,
    ) -> None:
        self._service = service
        self._personal = personal
        self._references = references
        self._failures = failures
        self._languages = languages
        self._texts = texts
        self._book = Stylebook(texts)

    @app_commands.command(name=said("command.styles"), description=said("about.styles"))
    async def styles(self, interaction: _Interaction) -> None:
        """Show the server's styles, or one's own where there is no server."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show_shelf(interaction, "member" if interaction.guild_id is None else "guild", 0)

    @commands.Cog.listener()
    async def on_style_button(
        self, interaction: _Interaction, action: StyleAction, kind: OwnerKind, number: int
    ) -> None:
        """Answer a press."""
        try:
            match action:
                case "list":
                    await interaction.response.defer()
                    await self._show_shelf(interaction, kind, number)
                case "new":
                    await self._ask_new(interaction, _owner(interaction, kind))
                case "edit":
                    await self._ask_changed(interaction, await self._changeable(interaction, number))
                case "delete":
                    await self._delete(interaction, await self._changeable(interaction, number))
        except Exception as error:
            await self._failures.tell(interaction, error)

    @commands.Cog.listener()
    async def on_style_pick(self, interaction: _Interaction, style_id: int) -> None:
        """Show the style that was picked."""
        try:
            await interaction.response.defer()
            await self._show_style(interaction, await self._changeable(interaction, style_id))
        except Exception as error:
            await self._failures.tell(interaction, error)

    async def _ask_new(self, interaction: _Interaction, owner: StyleOwner) -> None:
        _refuse_strangers(interaction, owner)

        async def submit(modal: _Interaction, style: Style) -> None:
            kept = await self._personal.add_style(owner, style)
            await modal.response.defer()
            await self._show_style(modal, kept)

        await self._ask(interaction, None, submit)

    async def _ask_changed(self, interaction: _Interaction, kept: KeptStyle) -> None:
        async def submit(modal: _Interaction, style: Style) -> None:
            changed = await self._personal.change_style(kept, style)
            await modal.response.defer()
            await self._show_style(modal, changed)

        await self._ask(interaction, kept.style, submit)

    async def _ask(self, interaction: _Interaction, style: Style | None, submit: Any) -> None:
        locale = await self._languages.of(interaction)
        await interaction.response.send_modal(StyleModal(self._texts, self._failures, locale, style, submit))

    async def _delete(self, interaction: _Interaction, kept: KeptStyle) -> None:
        await self._personal.delete_style(kept)
        await interaction.response.defer()
        await self._show_shelf(interaction, kept.owner.kind, 0)

    async def _changeable(self, interaction: _Interaction, style_id: int) -> KeptStyle:
        kept = await self._personal.style(style_id)
        _refuse_strangers(interaction, kept.owner)
        return kept

    async def _show_shelf(self, interaction: _Interaction, kind: OwnerKind, page: int) -> None:
        owner = _owner(interaction, kind)
        styles = await self._personal.styles(owner)
        page = min(page, max(0, len(styles) - 1) // PAGE)
        shown = styles[page * PAGE : (page + 1) * PAGE]
        shelf = Shelf(
            owner=owner,
            styles=styles,
            page=page,
            pictures=await asyncio.gather(*(self._picture(interaction, kept) for kept in shown)),
            changeable=_may_change(interaction, owner),
            in_server=interaction.guild_id is not None,
        )
        await _show(interaction, self._book.shelf(await self._languages.of(interaction), shelf))

    async def _show_style(self, interaction: _Interaction, kept: KeptStyle) -> None:
        picture = await self._picture(interaction, kept)
        await _show(interaction, self._book.style(await self._languages.of(interaction), kept, picture))

    async def _picture(self, interaction: _Interaction, kept: KeptStyle) -> Media | None:
        """Return what a style looks like, where that is for this person to see."""
        if kept.job_id is None:
            return None
        try:
            shown = await self._references.shown_to(await self._service.job(kept.job_id), interaction.user)
        except (RuleBroken, discord.HTTPException):
            return None
        return shown[0] if shown else None


async def _show(interaction: _Interaction, card: discord.ui.LayoutView) -> None:
    await interaction.edit_original_response(view=card, allowed_mentions=discord.AllowedMentions.none())


def _owner(interaction: _Interaction, kind: OwnerKind) -> StyleOwner:
    if kind == "member":
        return StyleOwner(kind="member", id=interaction.user.id)
    return StyleOwner(kind="guild", id=interaction.guild_id or 0)


def _may_change(interaction: _Interaction, owner: StyleOwner) -> bool:
    manager = interaction.guild_id is not None and interaction.permissions.manage_guild
    return request_rules.may_keep(owner, interaction.user.id, interaction.guild_id, manager=manager)


def _refuse_strangers(interaction: _Interaction, owner: StyleOwner) -> None:
    if not _may_change(interaction, owner):
        raise RuleBroken("not-your-style")


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    bot.add_dynamic_items(StyleButton, StyleSelect)
    await bot.add_cog(
        Styles(bot.service, bot.personal, bot.references, bot.failures, bot.languages, bot.texts)
    )
