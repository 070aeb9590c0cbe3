"""The pages on which styles are looked at and changed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import discord
from discord import ui

from bot.domain.models import KeptStyle, Style, StyleOwner
from bot.domain.request_rules import MOST_STYLES, STYLE_NAME_LIMIT, STYLE_TEXT_LIMIT
from bot.ui.cards.job_cards import ALT_LIMIT, card
from bot.ui.errors import Failures
from bot.ui.i18n.texts import Texts, escape, shorten
from bot.ui.intake.media import Media

PAGE = 5
"""Styles on a page, each with what it looks like."""
_EXCERPT = 120
_DESCRIPTION_LIMIT = 100
StyleAction = Literal["list", "new", "edit", "delete"]
OwnerKind = Literal["member", "guild"]
Submit = Callable[[discord.Interaction[Any], Style], Awaitable[object]]


class StyleButton(
    ui.DynamicItem[ui.Button[Any]],
    template=rf"style:(?P<action>{'|'.join(get_args(StyleAction))}):(?P<kind>member|guild):(?P<number>[0-9]{{1,19}})",
):
    """A button of the pages; a press becomes ``style_button(interaction, action, kind, number)``.

    ``number`` is a page's, counted from 0, or a style's.
    """

    def __init__(
        self, action: StyleAction, kind: OwnerKind, number: int, label: str, *, disabled: bool = False
    ) -> None:
        look = {"new": discord.ButtonStyle.primary, "delete": discord.ButtonStyle.danger}
        super().__init__(
            ui.Button(
                label=label,
                style=look.get(action, discord.ButtonStyle.secondary),
                custom_id=f"style:{action}:{kind}:{number}",
                disabled=disabled,
            )
        )
        self._action: StyleAction = action
        self._kind: OwnerKind = kind
        self._number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> StyleButton:
        """Rebuild the button that was pressed."""
        action, kind = cast("StyleAction", match["action"]), cast("OwnerKind", match["kind"])
        return cls(action, kind, int(match["number"]), "…")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("style_button", interaction, self._action, self._kind, self._number)


class StyleSelect(ui.DynamicItem[ui.Select[Any]], template=r"style-pick:(?P<kind>member|guild)"):
    """Picks a style to look at; the choice becomes ``style_pick(interaction, style_id)``."""

    def __init__(self, kind: OwnerKind, options: list[discord.SelectOption], placeholder: str | None) -> None:
        super().__init__(ui.Select(custom_id=f"style-pick:{kind}", options=options, placeholder=placeholder))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> StyleSelect:
        """Rebuild the menu that was used."""
        return cls(cast("OwnerKind", match["kind"]), [], None)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the choice."""
        interaction.client.dispatch("style_pick", interaction, int(self.item.values[0]))


class StyleModal(ui.Modal):
    """Asks for a style's name and text, prefilled from ``style``; ``submit`` gets the new one."""

    def __init__(
        self, texts: Texts, failures: Failures, locale: str, style: Style | None, submit: Submit
    ) -> None:
        super().__init__(title=texts(locale, "style.edit-title" if style else "style.new-title"))
        self._failures = failures
        self._submit = submit
        self._name = ui.TextInput[Any](
            default=style.name if style else None,
            placeholder=texts(locale, "style.name-hint"),
            max_length=STYLE_NAME_LIMIT,
        )
        self._text = ui.TextInput[Any](
            style=discord.TextStyle.paragraph,
            default=style.text if style else None,
            placeholder=texts(locale, "style.text-hint"),
            max_length=STYLE_TEXT_LIMIT,
        )
        self.add_item(ui.Label[Any](text=texts(locale, "style.name"), component=self._name))
        self.add_item(
            ui.Label[Any](
                text=texts(locale, "style.text"),
                description=texts(locale, "style.text-use"),
                component=self._text,
            )
        )

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Hand over what was filled in."""
        async with self._failures.answering(interaction):
            await self._submit(interaction, Style(name=self._name.value, text=self._text.value))

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Tell the person what went wrong."""
        await self._failures.tell(interaction, error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A page of an owner's styles: all of them, those shown with a picture of each, and what may be done."""

    owner: StyleOwner
    styles: Sequence[KeptStyle]
    page: int
    pictures: Sequence[Media | None]
    changeable: bool
    in_server: bool

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-len(self.styles) // PAGE))

    @property
    def shown(self) -> Sequence[KeptStyle]:
        """The styles on the page."""
        return self.styles[self.page * PAGE : (self.page + 1) * PAGE]


class Stylebook:
    """Builds the pages in their reader's language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def shelf(self, locale: str, shelf: Shelf) -> ui.LayoutView:
        """List an owner's styles, with what they look like."""
        kind = shelf.owner.kind
        title = self._texts(locale, "style.title-own" if kind == "member" else "style.title-server")
        count = f"{len(shelf.styles)}/{MOST_STYLES[kind]}"
        items: list[ui.Item[Any]] = [
            ui.TextDisplay(f"{title} · {count}\n-# {self._texts(locale, 'style.use')}")
        ]
        for kept, picture in zip(shelf.shown, shelf.pictures, strict=True):
            items += [ui.Separator(), _entry(kept, picture)]
        if not shelf.styles:
            items += [ui.Separator(), ui.TextDisplay(self._texts(locale, "style.none"))]
        if shelf.styles and shelf.changeable:
            items.append(ui.ActionRow[Any](self._pick(locale, shelf)))
        if buttons := self._buttons(locale, shelf):
            items.append(ui.ActionRow[Any](*buttons))
        return card(*items)

    def style(self, locale: str, kept: KeptStyle, picture: Media | None) -> ui.LayoutView:
        """Show one style whole, with what may be done with it."""
        say, kind = self._texts, kept.owner.kind
        items: list[ui.Item[Any]] = [
            ui.TextDisplay(f"**{escape(kept.style.name)}**\n{escape(kept.style.text)}")
        ]
        if picture is not None:
            items.append(ui.MediaGallery[Any](_shown(kept, picture)))
        else:
            items.append(ui.TextDisplay(f"-# {say(locale, 'style.no-result')}"))
        buttons: list[Any] = [
            StyleButton("edit", kind, kept.id, say(locale, "button.edit")),
            StyleButton("delete", kind, kept.id, say(locale, "button.delete")),
            StyleButton("list", kind, 0, say(locale, "style.back")),
        ]
        return card(*items, ui.ActionRow[Any](*buttons))

    def _pick(self, locale: str, shelf: Shelf) -> Any:
        options = [
            discord.SelectOption(
                label=kept.style.name,
                value=str(kept.id),
                description=shorten(kept.style.text, _DESCRIPTION_LIMIT),
            )
            for kept in shelf.styles
        ]
        return StyleSelect(shelf.owner.kind, options, self._texts(locale, "style.pick"))

    def _buttons(self, locale: str, shelf: Shelf) -> list[Any]:
        say, kind, page = self._texts, shelf.owner.kind, shelf.page
        buttons: list[Any] = []
        if shelf.changeable:
            full = len(shelf.styles) >= MOST_STYLES[kind]
            buttons.append(StyleButton("new", kind, 0, say(locale, "style.new"), disabled=full))
        if shelf.pages > 1:
            following = (page + 1) % shelf.pages
            turn = say(locale, "style.turn", page=page + 1, pages=shelf.pages)
            buttons.append(StyleButton("list", kind, following, turn))
        if shelf.in_server:
            other: OwnerKind = "guild" if kind == "member" else "member"
            to_other = say(locale, "style.to-server" if kind == "member" else "style.to-own")
            buttons.append(StyleButton("list", other, 0, to_other))
        return buttons


def _entry(kept: KeptStyle, picture: Media | None) -> ui.Item[Any]:
    text = f"**{escape(kept.style.name)}**\n-# {escape(shorten(kept.style.text, _EXCERPT))}"
    if picture is None:
        return ui.TextDisplay(text)
    shown = _shown(kept, picture)
    return ui.Section[Any](
        text,
        accessory=ui.Thumbnail[Any](shown.media, description=shown.description, spoiler=shown.spoiler),
    )


def _shown(kept: KeptStyle, picture: Media) -> discord.MediaGalleryItem:
    alt = shorten(f"{kept.style.name}: {kept.style.text}", ALT_LIMIT)
    return discord.MediaGalleryItem(picture.url, description=alt, spoiler=picture.spoiler)
