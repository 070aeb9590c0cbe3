"""The page of /usage, and the daily limits in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from discord import ui

from bot.domain.image_models.catalogue import Model, in_language
from bot.domain.image_models.prices import Spending
from bot.domain.models import DailyUsage, Usage
from bot.domain.quotas import usage_bar, used_percent
from bot.ui.cards.layout import card
from bot.ui.i18n.texts import Texts, escape

SpendingScope = Literal["server", "total"]
NOT_SHOWN: Mapping[SpendingScope, Sequence[Spending]] = MappingProxyType({})


def usage_page(
    say: Texts,
    locale: str,
    usage: Usage,
    spent: Mapping[SpendingScope, Sequence[Spending]] = NOT_SHOWN,
    models: Sequence[Model] = (),
) -> ui.LayoutView:
    """Show the numbers of pictures drawn and of open requests, and what they cost where that is given.

    ``models`` are those that the member may use: the weights of some explain the numbers of a limit.
    """
    lines = [
        say(locale, "usage.title"),
        *quota_lines(say, locale, usage),
        *(_weight_lines(say, locale, models) if _counts_pictures(usage) else []),
        say(locale, "usage.today", count=usage.today),
        say(locale, "usage.month", count=usage.month),
        say(locale, "usage.open", waiting=usage.waiting, running=usage.running),
        *(
            say(locale, f"spent.{scope}", amount=str(amount))
            for scope, amounts in spent.items()
            for amount in amounts
        ),
    ]
    return card(ui.TextDisplay[Any]("\n".join(lines)))


def quota_lines(say: Texts, locale: str, usage: Usage) -> list[str]:
    """Return lines about daily limits: how much is used, when they refill, and what happens beyond them."""
    lines = [*_server_quota_lines(say, locale, usage), *_daily_lines(say, locale, usage)]
    return lines or [say(locale, "usage.no-quota")]


def _counts_pictures(usage: Usage) -> bool:
    return usage.quota is not None or any(daily.unit == "pictures" for daily in usage.daily)


def _weight_lines(say: Texts, locale: str, models: Sequence[Model]) -> list[str]:
    """Return a line for each weight of more than one picture, with the models that have it."""
    names: dict[int, list[str]] = {}
    for model in models:
        if model.weight > 1:
            names.setdefault(model.weight, []).append(escape(in_language(model.label, say.closest(locale))))
    return [
        f"-# {say(locale, 'usage.weight', models=' · '.join(names[weight]), weight=weight)}"
        for weight in sorted(names)
    ]


def _server_quota_lines(say: Texts, locale: str, usage: Usage) -> list[str]:
    quota = usage.quota
    if quota is None:
        return []
    # More than the limit allows can be used after it was lowered.
    used = min(usage.used, quota.allowed)
    words = say(locale, "usage.quota", count=used, allowed=quota.allowed)
    refills = say(locale, "usage.refills", until=int(quota.until))
    lane = [say(locale, "usage.relaxed")] if quota.past == "relaxed" else []
    return [words, _bar(used, quota.allowed), refills, *lane]


def _daily_lines(say: Texts, locale: str, usage: Usage) -> list[str]:
    lines: list[str] = []
    for daily in usage.daily:
        if daily.unit == "cost":
            lines += _cost_lines(say, locale, daily)
            continue
        used = min(daily.used, daily.allowed)
        words = say(locale, f"daily.{daily.scope}", count=used, allowed=daily.allowed)
        refills = say(locale, "usage.refills", until=daily.until)
        lines += [f"{words} {refills}", _bar(used, daily.allowed)]
    return lines


def _cost_lines(say: Texts, locale: str, daily: DailyUsage) -> list[str]:
    if daily.scope == "total":
        # The operator's business alone.
        return []
    words = say(locale, f"daily.{daily.scope}-cost", percent=used_percent(daily.used, daily.allowed))
    return [f"{words} {say(locale, 'usage.refills', until=daily.until)}"]


def _bar(used: int, allowed: int) -> str:
    # A screen reader reads the number, and above it the line in words.
    return f"{usage_bar(used, allowed)} {used_percent(used, allowed)}%"
