"""Format changes to a server's settings for people to read."""

from __future__ import annotations

from typing import Any

from bot.domain.guild_settings import SettingsChange
from bot.domain.image_models.catalogue import Catalogue
from bot.ui.cards.model_names import ModelNames
from bot.ui.i18n.texts import Texts, escape, shorten

_MAX_MENTIONS = 5
_MAX_VALUE_LENGTH = 60


class SettingsChangeFormatter:
    """Formats changes and values in a language; blocked words are counted, never quoted."""

    def __init__(self, texts: Texts, models: Catalogue) -> None:
        self._texts = texts
        self._names = ModelNames(texts, models)

    def describe(self, locale: str, change: SettingsChange) -> str:
        """Return one line that names who changed what, and when."""
        changes = (self._describe_one(locale, name, old, new) for name, (old, new) in change.what.items())
        what = self._texts(locale, "changes.and").join(changes)
        return self._texts(locale, "changes.line", who=f"<@{change.user_id}>", what=what, at=int(change.at))

    def format_value(self, locale: str, name: str, value: Any) -> str:
        """Return a setting's value, given as stored in JSON; each setting has its own text for "none"."""
        say = self._texts
        if value is None or value in ([], (), {}):
            # Placeholders of "none" are those of the usual model alone.
            return say(locale, f"nothing.{name.replace('_', '-')}", model=self._names.label(locale, None))
        match name:
            case "blocked_words":
                return say(locale, "changes.words", count=len(value))
            case "channels":
                return _join_mentions([f"<#{id_}>" for id_ in value])
            case "roles":
                return _join_mentions([f"<@&{id_}>" for id_ in value])
            case "daily_by_role":
                return _join_mentions([f"<@&{id_}> {number}" for id_, number in value.items()])
            case "model":
                return escape(self._names.label(locale, value))
            case "models":
                return " · ".join(escape(self._names.label(locale, id_)) for id_ in value)
            case "model_roles":
                return " · ".join(self._model_roles(locale, id_, roles) for id_, roles in value.items())
            case "audit_channel":
                return f"<#{value}>"
            case "daily":
                return say(locale, "changes.pictures", count=value)
            case "past_quota":
                return say(locale, f"past-quota.{value}")
            case "spoilers" | "avatar_remixes" | "replies_without_mention" | "paused":
                return say(locale, "changes.on" if value else "changes.off")
            case "language":
                return say(value, "preferences.language-name")
            case _:
                return shorten(str(value), _MAX_VALUE_LENGTH)

    def _model_roles(self, locale: str, model: str, roles: list[int]) -> str:
        label = escape(self._names.label(locale, model))
        return f"{label} {_join_mentions([f'<@&{role}>' for role in roles])}"

    def _describe_one(self, locale: str, name: str, old: Any, new: Any) -> str:
        return self._texts(
            locale,
            "changes.one",
            name=self._texts(locale, f"settings.{name.replace('_', '-')}"),
            old=self.format_value(locale, name, old),
            new=self.format_value(locale, name, new),
        )


def _join_mentions(mentions: list[str]) -> str:
    more = len(mentions) - _MAX_MENTIONS
    return " ".join([*mentions[:_MAX_MENTIONS], *([f"+{more}"] if more > 0 else [])])
