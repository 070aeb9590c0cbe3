"""What was changed of a server's settings, in words."""

from __future__ import annotations

from typing import Any

from bot.domain.guild_settings import Change
from bot.ui.i18n.texts import Texts, shorten

_MOST_NAMED = 5
_LONGEST = 60


class Changes:
    """Says changes in somebody's language; blocked words are counted, not repeated."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def line(self, locale: str, change: Change) -> str:
        """Say who changed what, and when."""
        each = (self._one(locale, name, old, new) for name, (old, new) in change.what.items())
        what = self._texts(locale, "changes.and").join(each)
        return self._texts(locale, "changes.line", who=f"<@{change.user_id}>", what=what, at=int(change.at))

    def value(self, locale: str, name: str, value: Any) -> str:
        """Say a setting's value as it is kept in JSON; nothing has a name for each setting."""
        say = self._texts
        if value is None or value in ([], (), {}):
            return say(locale, f"nothing.{name.replace('_', '-')}")
        match name:
            case "blocked_words":
                return say(locale, "changes.words", count=len(value))
            case "channels":
                return _named([f"<#{id_}>" for id_ in value])
            case "roles":
                return _named([f"<@&{id_}>" for id_ in value])
            case "daily_by_role":
                return _named([f"<@&{id_}> {number}" for id_, number in value.items()])
            case "audit_channel":
                return f"<#{value}>"
            case "daily":
                return say(locale, "changes.pictures", count=value)
            case "past_quota":
                return say(locale, f"past-quota.{value}")
            case "spoilers" | "paused":
                return say(locale, "changes.on" if value else "changes.off")
            case "language":
                return say(value, "preferences.language-name")
            case _:
                return shorten(str(value), _LONGEST)

    def _one(self, locale: str, name: str, old: Any, new: Any) -> str:
        return self._texts(
            locale,
            "changes.one",
            name=self._texts(locale, f"settings.{name.replace('_', '-')}"),
            old=self.value(locale, name, old),
            new=self.value(locale, name, new),
        )


def _named(mentions: list[str]) -> str:
    more = len(mentions) - _MOST_NAMED
    return " ".join([*mentions[:_MOST_NAMED], *([f"+{more}"] if more > 0 else [])])
