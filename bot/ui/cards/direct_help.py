"""The answer to a direct message that is too short to be a request."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import ui

from bot.ui.cards.layout import card
from bot.ui.components import CardButton
from bot.ui.i18n.texts import Texts


class DrawThisButton(CardButton, template=r"direct:draw:(?P<message_id>[0-9]{1,20})"):
    """Draws a message that was taken for small talk."""

    def __init__(self, message_id: int, label: str = "…") -> None:
        super().__init__(ui.Button(label=label, custom_id=f"direct:draw:{message_id}"))
        self.message_id = message_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> DrawThisButton:
        """Rebuild the button that was pressed."""
        return cls(int(match["message_id"]))


def direct_help(texts: Texts, locale: str, message_id: int | None) -> ui.LayoutView:
    """Say how to ask in direct messages; ``message_id``: the message that can be drawn all the same."""
    items: list[ui.Item[Any]] = [ui.TextDisplay(texts(locale, "card.direct-help"))]
    if message_id is not None:
        items.append(ui.ActionRow[Any](DrawThisButton(message_id, texts(locale, "button.draw-this"))))
    return card(*items)
