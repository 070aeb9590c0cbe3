"""The pages of /styles."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import discord
from discord import ui

from bot.domain.ids import parse_id
from bot.domain.models import SavedStyle, Style, StyleOwner
from bot.domain.request_rules import MAX_STYLES, STYLE_NAME_LIMIT, STYLE_TEXT_LIMIT
from bot.ui.cards.layout import ALT_LIMIT, card
from bot.ui.components import CardButton, CardModal, CardSelect, Errors, Interaction, single_value
from bot.ui.i18n.texts import Texts, escape, shorten
from bot.ui.intake.references.media import Media

PAGE = 5
"""Styles on a page, each with its example picture."""
_EXCERPT = 120
_DESCRIPTION_LIMIT = 100
StyleAction = Literal["list", "new", "edit", "delete"]
OwnerKind = Literal["member", "guild"]
Submit = Callable[[Interaction, Style], Awaitable[object]]


class StyleButton(
    CardButton,
    template=rf"style:(?P<action>{'|'.join(get_args(StyleAction))}):(?P<kind>member|guild):(?P<number>[0-9]{{1,19}})",
):
    """A button of the pages.

    ``number`` is a page number, counted from 0, or a style's id.
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
        self.action: StyleAction = action
        self.kind: OwnerKind = kind
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> StyleButton:
        """Rebuild the button that was pressed."""
        action, kind = cast("StyleAction", match["action"]), cast("OwnerKind", match["kind"])
        return cls(action, kind, int(match["number"]), "…")


class StyleSelect(CardSelect, template=r"style-pick:(?P<kind>member|guild)"):
    """Selects a style to show."""

    def __init__(self, kind: OwnerKind, options: list[discord.SelectOption], placeholder: str | None) -> None:
        super().__init__(ui.Select(custom_id=f"style-pick:{kind}", options=options, placeholder=placeholder))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> StyleSelect:
        """Rebuild the menu that was used."""
        return cls(cast("OwnerKind", match["kind"]), [], None)

    @property
    def style_id(self) -> int:
        """The id of the selected style; raises ``RuleBroken`` for one that can't exist."""
        return parse_id(single_value(self.item))


class StyleModal(CardModal):
    """Asks for a style's name and text, prefilled from ``style``; ``submit`` gets the new one."""

    def __init__(
        self, texts: Texts, errors: Errors, locale: str, style: Style | None, submit: Submit
    ) -> None:
        super().__init__(errors, title=texts(locale, "style.edit-title" if style else "style.new-title"))
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

    async def submitted(self, interaction: Interaction) -> None:
        """Pass on the style."""
        await self._submit(interaction, Style(name=self._name.value, text=self._text.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleListing:
    """A page of an owner's styles, with a picture of each on the page."""

    owner: StyleOwner
    styles: Sequence[SavedStyle]
    page: int
    pictures: Sequence[Media | None]
    changeable: bool
    in_server: bool

    @property
    def pages(self) -> int:
        """Number of pages."""
        return max(1, -(-len(self.styles) // PAGE))

    @property
    def shown(self) -> Sequence[SavedStyle]:
        """The styles on the page."""
        return self.styles[self.page * PAGE : (self.page + 1) * PAGE]


class StylePages:
    """Builds the pages in the reader's language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def list_page(self, locale: str, listing: StyleListing) -> ui.LayoutView:
        """List an owner's styles with their pictures."""
        kind = listing.owner.kind
        title = self._texts(locale, "style.title-own" if kind == "member" else "style.title-server")
        count = f"{len(listing.styles)}/{MAX_STYLES[kind]}"
        items: list[ui.Item[Any]] = [
            ui.TextDisplay(f"{title} · {count}\n-# {self._texts(locale, 'style.use')}")
        ]
        for saved, picture in zip(listing.shown, listing.pictures, strict=True):
            items += [ui.Separator(), _entry(saved, picture)]
        if not listing.styles:
            items += [ui.Separator(), ui.TextDisplay(self._texts(locale, "style.none"))]
        if listing.styles and listing.changeable:
            items.append(ui.ActionRow[Any](self._pick(locale, listing)))
        if buttons := self._buttons(locale, listing):
            items.append(ui.ActionRow[Any](*buttons))
        return card(*items)

    def style(self, locale: str, saved: SavedStyle, picture: Media | None) -> ui.LayoutView:
        """Show one style in full, with Edit and Delete."""
        say, kind = self._texts, saved.owner.kind
        items: list[ui.Item[Any]] = [
            ui.TextDisplay(f"**{escape(saved.style.name)}**\n{escape(saved.style.text)}")
        ]
        if picture is not None:
            items.append(ui.MediaGallery[Any](_gallery_item(saved, picture)))
        else:
            items.append(ui.TextDisplay(f"-# {say(locale, 'style.no-result')}"))
        buttons: list[Any] = [
            StyleButton("edit", kind, saved.id, say(locale, "button.edit")),
            StyleButton("delete", kind, saved.id, say(locale, "button.delete")),
            StyleButton("list", kind, 0, say(locale, "style.back")),
        ]
        return card(*items, ui.ActionRow[Any](*buttons))

    def _pick(self, locale: str, listing: StyleListing) -> Any:
        options = [
            discord.SelectOption(
                label=saved.style.name,
                value=str(saved.id),
                description=shorten(saved.style.text, _DESCRIPTION_LIMIT),
            )
            for saved in listing.styles
        ]
        return StyleSelect(listing.owner.kind, options, self._texts(locale, "style.pick"))

    def _buttons(self, locale: str, listing: StyleListing) -> list[Any]:
        say, kind, page = self._texts, listing.owner.kind, listing.page
        buttons: list[Any] = []
        if listing.changeable:
            full = len(listing.styles) >= MAX_STYLES[kind]
            buttons.append(StyleButton("new", kind, 0, say(locale, "style.new"), disabled=full))
        if listing.pages > 1:
            following = (page + 1) % listing.pages
            turn = say(locale, "style.turn", page=page + 1, pages=listing.pages)
            buttons.append(StyleButton("list", kind, following, turn))
        if listing.in_server:
            other: OwnerKind = "guild" if kind == "member" else "member"
            to_other = say(locale, "style.to-server" if kind == "member" else "style.to-own")
            buttons.append(StyleButton("list", other, 0, to_other))
        return buttons


def _entry(saved: SavedStyle, picture: Media | None) -> ui.Item[Any]:
    text = f"**{escape(saved.style.name)}**\n-# {escape(shorten(saved.style.text, _EXCERPT))}"
    if picture is None:
        return ui.TextDisplay(text)
    shown = _gallery_item(saved, picture)
    return ui.Section[Any](
        text,
        accessory=ui.Thumbnail[Any](shown.media, description=shown.description, spoiler=shown.spoiler),
    )


def _gallery_item(saved: SavedStyle, picture: Media) -> discord.MediaGalleryItem:
    alt = shorten(f"{saved.style.name}: {saved.style.text}", ALT_LIMIT)
    return discord.MediaGalleryItem(picture.url, description=alt, spoiler=picture.spoiler)
