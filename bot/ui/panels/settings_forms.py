"""The modals of the settings panel: a number, a time zone, a list of words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Generic, TypeVar

import discord
from discord import ui

from bot.domain.guild_settings import GuildSettings
from bot.domain.settings_input.guild_settings import BLOCKLIST_TEXT_LIMIT, MAX_PICKED
from bot.ui.components import CardModal, Errors, Interaction
from bot.ui.i18n.texts import Texts, shorten

Submit = Callable[[Interaction, str], Awaitable[object]]
SubmitRoles = Callable[[Interaction, Sequence[int]], Awaitable[object]]
_T = TypeVar("_T")
_NUMBER_LIMIT, _ZONE_LIMIT, _TITLE_LIMIT = 8, 60, 45


class FieldModal(CardModal, Generic[_T]):
    """Asks for one value; ``submit`` gets what ``value_of`` reads from the field."""

    def __init__(
        self,
        errors: Errors,
        submit: Callable[[Interaction, _T], Awaitable[object]],
        value_of: Callable[[Any], _T],
        *,
        title: str,
        field: ui.Label[Any],
    ) -> None:
        super().__init__(errors, title=title)
        self._submit = submit
        self._value_of = value_of
        self._field = field
        self.add_item(field)

    async def submitted(self, interaction: Interaction) -> None:
        """Pass on the value."""
        await self._submit(interaction, self._value_of(self._field.component))


def _text(field: ui.TextInput[Any]) -> str:
    return field.value


def _role_ids(field: ui.RoleSelect[Any]) -> Sequence[int]:
    return [role.id for role in field.values]


class SettingsForms:
    """Builds the modals in the reader's language, prefilled with the current values."""

    def __init__(self, texts: Texts, errors: Errors) -> None:
        self._texts = texts
        self._errors = errors

    def number(
        self, locale: str, number: int | None, submit: Submit, *, role: str | None = None
    ) -> FieldModal[str]:
        """Ask for the daily quota of members, or of the members with a role."""
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
        return FieldModal(self._errors, submit, _text, title=title[:_TITLE_LIMIT], field=label)

    def model_roles(
        self, locale: str, model: str, roles: Collection[int], submit: SubmitRoles
    ) -> FieldModal[Sequence[int]]:
        """Ask for the roles that may use a model, everyone for none; ``roles`` are those until now."""
        say = self._texts
        menu = ui.RoleSelect[Any](
            placeholder=say(locale, "nothing.roles"),
            min_values=0,
            max_values=MAX_PICKED,
            required=False,
            default_values=[discord.Object(role, type=discord.Role) for role in sorted(roles)],
        )
        label = ui.Label[Any](text=say(locale, "panelform.model-roles"), component=menu)
        return FieldModal(self._errors, submit, _role_ids, title=shorten(model, _TITLE_LIMIT), field=label)

    def time_zone(self, locale: str, settings: GuildSettings, submit: Submit) -> FieldModal[str]:
        """Ask for the time zone in which a day begins."""
        say = self._texts
        text = ui.TextInput[Any](
            default=settings.time_zone,
            placeholder=say(locale, "panelform.zone-hint"),
            max_length=_ZONE_LIMIT,
        )
        label = ui.Label[Any](
            text=say(locale, "panelform.zone"), description=say(locale, "panelform.zone-use"), component=text
        )
        return FieldModal(self._errors, submit, _text, title=say(locale, "panelform.zone-title"), field=label)

    def words(self, locale: str, settings: GuildSettings, submit: Submit) -> FieldModal[str]:
        """Ask for the blocked words."""
        say = self._texts
        text = ui.TextInput[Any](
            style=discord.TextStyle.paragraph,
            default="\n".join(settings.blocked_words) or None,
            placeholder=say(locale, "panelform.words-hint"),
            required=False,
            max_length=BLOCKLIST_TEXT_LIMIT,
        )
        label = ui.Label[Any](
            text=say(locale, "panelform.words"),
            description=say(locale, "panelform.words-use"),
            component=text,
        )
        return FieldModal(
            self._errors, submit, _text, title=say(locale, "panelform.words-title"), field=label
        )
