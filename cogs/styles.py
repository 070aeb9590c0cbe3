"""The /styles command: saved styles of a server and of its members."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.models import SavedStyle, Style, StyleOwner
from bot.gateway.client import ImageBot
from bot.services.deadline import Deadline
from bot.services.member_limits import MemberLimiter
from bot.services.members import MemberService
from bot.services.queries import QueryService
from bot.ui import outgoing
from bot.ui.components import Interaction
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.command_translator import localized
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.intake.references.media import Media
from bot.ui.intake.references.resolver import References
from bot.ui.panels.style_pages import (
    PAGE,
    OwnerKind,
    StyleButton,
    StyleListing,
    StyleModal,
    StylePages,
    StyleSelect,
    Submit,
)


class StylesCog(commands.Cog):
    """Shows styles to everyone; a server's are changed by its managers, a member's by the member."""

    def __init__(
        self,
        queries: QueryService,
        member_service: MemberService,
        references: References,
        errors: ErrorPresenter,
        languages: Languages,
        texts: Texts,
        pages_limit: MemberLimiter,
    ) -> None:
        self._queries = queries
        self._member_service = member_service
        self._references = references
        self._errors = errors
        self._languages = languages
        self._texts = texts
        self._pages = StylePages(texts)
        self._soon = Deadline(1.5)
        self._pages_limit = pages_limit

    @app_commands.command(name=localized("command.styles"), description=localized("about.styles"))
    async def styles(self, interaction: Interaction) -> None:
        """Show the server's styles, or one's own outside of a server."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        async with self._errors.present_errors(interaction):
            await self._show_list(interaction, "member" if interaction.guild_id is None else "guild", 0)

    async def press(self, interaction: Interaction, button: StyleButton) -> None:
        """Handle a press of a button of the pages."""
        kind, number = button.kind, button.number
        match button.action:
            case "list":
                await interaction.response.defer()
                await self._show_list(interaction, kind, number)
            case "new":
                await self._ask_new(interaction, _owner(interaction, kind))
            case "edit":
                await self._ask_changed(
                    interaction, await self._soon.wait(self._changeable(interaction, number))
                )
            case "delete":
                await self._delete(interaction, await self._soon.wait(self._changeable(interaction, number)))

    async def select(self, interaction: Interaction, menu: StyleSelect) -> None:
        """Show the selected style."""
        await interaction.response.defer()
        await self._show_style(interaction, await self._changeable(interaction, menu.style_id))

    async def _ask_new(self, interaction: Interaction, owner: StyleOwner) -> None:
        _require_owner(interaction, owner)

        async def submit(modal: Interaction, style: Style) -> None:
            await modal.response.defer()
            saved = await self._member_service.add_style(owner, style)
            await self._show_style(modal, saved)

        await self._ask(interaction, None, submit)

    async def _ask_changed(self, interaction: Interaction, saved: SavedStyle) -> None:
        async def submit(modal: Interaction, style: Style) -> None:
            await modal.response.defer()
            changed = await self._member_service.change_style(saved, style)
            await self._show_style(modal, changed)

        await self._ask(interaction, saved.style, submit)

    async def _ask(self, interaction: Interaction, style: Style | None, submit: Submit) -> None:
        locale = await self._languages.of(interaction)
        await StyleModal(self._texts, self._errors, locale, style, submit).open(interaction)

    async def _delete(self, interaction: Interaction, saved: SavedStyle) -> None:
        await interaction.response.defer()
        await self._member_service.delete_style(saved)
        await self._show_list(interaction, saved.owner.kind, 0)

    async def _changeable(self, interaction: Interaction, style_id: int) -> SavedStyle:
        saved = await self._member_service.style(style_id)
        _require_owner(interaction, saved.owner)
        return saved

    async def _show_list(self, interaction: Interaction, kind: OwnerKind, page: int) -> None:
        owner = _owner(interaction, kind)
        styles = await self._member_service.styles(owner)
        page = min(page, max(0, len(styles) - 1) // PAGE)
        shown = styles[page * PAGE : (page + 1) * PAGE]
        listing = StyleListing(
            owner=owner,
            styles=styles,
            page=page,
            pictures=await self._pictures(interaction, shown),
            changeable=_may_change(interaction, owner),
            in_server=interaction.guild_id is not None,
        )
        await _show(interaction, self._pages.list_page(await self._languages.of(interaction), listing))

    async def _show_style(self, interaction: Interaction, saved: SavedStyle) -> None:
        (picture,) = await self._pictures(interaction, [saved])
        await _show(interaction, self._pages.style(await self._languages.of(interaction), saved, picture))

    async def _pictures(
        self, interaction: Interaction, shown: Sequence[SavedStyle]
    ) -> Sequence[Media | None]:
        async with self._pages_limit.permit(interaction.user.id):
            return await asyncio.gather(*(self._picture(interaction, saved) for saved in shown))

    async def _picture(self, interaction: Interaction, saved: SavedStyle) -> Media | None:
        """Return the style's example picture, or None if there is none that this user may see."""
        if saved.job_id is None:
            return None
        try:
            shown = await self._references.pictures_visible_to(
                await self._queries.job(saved.job_id), interaction.user
            )
        except (RuleBroken, discord.HTTPException):
            return None
        return shown[0] if shown else None


async def _show(interaction: Interaction, card: discord.ui.LayoutView) -> None:
    await outgoing.edit_response(interaction, card)


def _owner(interaction: Interaction, kind: OwnerKind) -> StyleOwner:
    if kind == "member":
        return StyleOwner(kind="member", id=interaction.user.id)
    return StyleOwner(kind="guild", id=interaction.guild_id or 0)


def _may_change(interaction: Interaction, owner: StyleOwner) -> bool:
    manager = interaction.guild_id is not None and interaction.permissions.manage_guild
    return request_rules.may_edit_styles(owner, interaction.user.id, interaction.guild_id, manager=manager)


def _require_owner(interaction: Interaction, owner: StyleOwner) -> None:
    if not _may_change(interaction, owner):
        raise RuleBroken("not-your-style")


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    cog = StylesCog(
        bot.services.queries,
        bot.services.members,
        bot.intake.references,
        bot.presentation.errors,
        bot.presentation.languages,
        bot.presentation.texts,
        bot.limits.pages,
    )
    bot.controls.register(StyleButton, cog.press)
    bot.controls.register(StyleSelect, cog.select)
    await bot.add_cog(cog)
