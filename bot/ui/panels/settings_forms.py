"""The forms of a server's settings: a number, a time zone, a list of words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from bot.domain.guild_settings import GuildSettings
from bot.domain.guild_settings_input import WORDS_LIMIT
from bot.ui.errors import Failures
from bot.ui.i18n.texts import Texts

Submit = Callable[[discord.Interaction[Any], str], Awaitable[object]]
_NUMBER_LIMIT, _ZONE_LIMIT, _TITLE_LIMIT = 8, 60, 45


class TextForm(ui.Modal):
    """Asks for one text, which may be left empty; ``submit`` gets it."""

    def __init__(self, failures: Failures, submit: Submit, *, title: str, field: ui.Label[Any]) -> None:
        super().__init__(title=title)
        self._failures = failures
        self._submit = submit
        self._field = field
        self.add_item(field)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Hand over what was filled in."""
        field: Any = self._field.component
        async with self._failures.answering(interaction):
            await self._submit(interaction, field.value)

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Tell the person what went wrong."""
        await self._failures.tell(interaction, error)


class PanelForms:
    """Builds the forms in their reader's language, filled in with what holds."""

    def __init__(self, texts: Texts, failures: Failures) -> None:
        self._texts = texts
        self._failures = failures

    def number(self, locale: str, number: int | None, submit: Submit, *, role: str | None = None) -> ui.Modal:
        """Ask how many pictures a day a member may have, or the members with a role."""
        say = self._texts
        title = say(locale, "panelform.role", role=role) if role else say(locale, "panelform.daily")
        text = ui.TextInput[Any](
            default=None if number is None else str(number),
            placeholder=say(locale, "panelform.number-hint"),
            required=False,
            max_length=_NUMBER_LIMIT,
        )
        use = say(locale, "panelform.role-use" if role else "panelform.daily-use")
        label = ui.Label[Any](text=say(locale, "panelform.number"), description=use, component=text)
        return TextForm(self._failures, submit, title=title[:_TITLE_LIMIT], field=label)

    def time_zone(self, locale: str, settings: GuildSettings, submit: Submit) -> ui.Modal:
        """Ask where the day begins."""
        say = self._texts
        text = ui.TextInput[Any](
            default=settings.time_zone,
            placeholder=say(locale, "panelform.zone-hint"),
            max_length=_ZONE_LIMIT,
        )
        label = ui.Label[Any](
            text=say(locale, "panelform.zone"), description=say(locale, "panelform.zone-use"), component=text
        )
        return TextForm(self._failures, submit, title=say(locale, "panelform.zone-title"), field=label)

    def words(self, locale: str, settings: GuildSettings, submit: Submit) -> ui.Modal:
        """Ask for the words that are not allowed."""
        say = self._texts
        text = ui.TextInput[Any](
            style=discord.TextStyle.paragraph,
            default="\n".join(settings.blocked_words) or None,
            placeholder=say(locale, "panelform.words-hint"),
            required=False,
            max_length=WORDS_LIMIT,
        )
        label = ui.Label[Any](
            text=say(locale, "panelform.words"),
            description=say(locale, "panelform.words-use"),
            component=text,
        )
        return TextForm(self._failures, submit, title=say(locale, "panelform.words-title"), field=label)
