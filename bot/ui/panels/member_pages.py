"""What one person looks through: their history, their place in line, their usage."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import ui

from bot.domain.guild_settings import Pause
from bot.domain.models import Job, Place, Results, Usage
from bot.domain.quotas import bar
from bot.ui.cards.buttons import JobButton
from bot.ui.cards.job_cards import ALT_LIMIT, ANY_MOMENT, card
from bot.ui.i18n.texts import Texts, escape, excerpt, shorten
from bot.ui.panels.pause_forms import pause_line, pause_row

SEARCH_LIMIT = 60
_MOST_IN_LINE = 10
"""Requests of the queue's page: each takes three of the forty parts that a card may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What of a history is looked at: what has these words in its prompt, or what is starred.

    Of one's own, or of a ``member`` by those who keep order.
    """

    search: str = ""
    starred: bool = False
    member: int | None = None


class PageButton(
    ui.DynamicItem[ui.Button[Any]],
    template=r"history:(?P<page>[0-9]{1,6}):(?P<starred>s?):(?P<member>[0-9]{0,20}):(?P<search>(?s:.{0,60}))",
):
    """Turns to a page of the history; a press becomes ``history_page(interaction, page, sought)``."""

    def __init__(self, page: int, sought: Sought, label: str, *, disabled: bool = False) -> None:
        custom_id = f"history:{page}:{'s' if sought.starred else ''}:{sought.member or ''}:{sought.search}"
        super().__init__(ui.Button(label=label, custom_id=custom_id, disabled=disabled))
        self._page = page
        self._sought = sought

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PageButton:
        """Rebuild the button that was pressed."""
        member = int(match["member"]) if match["member"] else None
        sought = Sought(search=match["search"], starred=bool(match["starred"]), member=member)
        return cls(int(match["page"]), sought, "…")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("history_page", interaction, self._page, self._sought)


class Pages:
    """Builds the pages in their reader's language."""

    def __init__(self, texts: Texts, clock: Callable[[], float]) -> None:
        self._texts = texts
        self._clock = clock

    def history(
        self,
        locale: str,
        results: Results,
        sought: Sought,
        links: Sequence[str],
        pictures: Sequence[str | None],
    ) -> ui.LayoutView:
        """List results with where they stand (``links``) and their pictures' URLs, None where one is gone."""
        say = self._texts
        if not results.jobs:
            return self._no_results(locale, sought)
        title = say(locale, "history.title", count=results.total)
        items = self._listed(locale, results, links, pictures)
        return card(ui.TextDisplay(title), *items, ui.Separator(), self._turns(locale, results, sought))

    def member_history(
        self,
        locale: str,
        results: Results,
        sought: Sought,
        links: Sequence[str],
        pictures: Sequence[str | None],
        pause: Pause | None,
    ) -> ui.LayoutView:
        """List a member's results for those who keep order, with Delete, and whether the member is paused."""
        say, member_id = self._texts, sought.member or 0
        member = f"<@{member_id}>"
        if results.jobs:
            title = say(locale, "history.title-theirs", count=results.total, member=member)
        elif sought.search:
            title = say(locale, "history.none-found-theirs", member=member)
        else:
            title = say(locale, "history.none-theirs", member=member)
        items = self._listed(locale, results, links, pictures, theirs=True)
        if results.pages > 1:
            items += [ui.Separator(), self._turns(locale, results, sought)]
        state = ui.TextDisplay[Any](pause_line(say, locale, member_id, pause))
        return card(
            ui.TextDisplay(title), *items, ui.Separator(), state, pause_row(say, locale, member_id, pause)
        )

    def queue(self, locale: str, jobs: Sequence[tuple[Job, Place | None]]) -> ui.LayoutView:
        """List what waits, with its place and start, and what is being drawn, each with Cancel."""
        say = self._texts
        if not jobs:
            return card(ui.TextDisplay(say(locale, "queue.empty")))
        items: list[ui.Item[Any]] = [ui.TextDisplay(say(locale, "queue.title"))]
        for job, place in jobs[:_MOST_IN_LINE]:
            prompt = escape(shorten(job.draft.request.prompt, 100))
            cancel: Any = JobButton("cancel", job.id, say(locale, "button.cancel"))
            items.append(ui.Section(f"{prompt}\n-# {self._place(locale, job, place)}", accessory=cancel))
        if (more := len(jobs) - _MOST_IN_LINE) > 0:
            items.append(ui.TextDisplay(f"-# {say(locale, 'queue.more', count=more)}"))
        return card(*items)

    def usage(self, locale: str, usage: Usage) -> ui.LayoutView:
        """Show how much was drawn and is open."""
        say = self._texts
        lines = [
            say(locale, "usage.title"),
            *quota_lines(say, locale, usage),
            say(locale, "usage.today", count=usage.today),
            say(locale, "usage.month", count=usage.month),
            say(locale, "usage.open", waiting=usage.waiting, running=usage.running),
        ]
        return card(ui.TextDisplay("\n".join(lines)))

    def _place(self, locale: str, job: Job, place: Place | None) -> str:
        say = self._texts
        if place is None:
            return say(locale, "queue.drawing")
        if place.down:
            return say(locale, "queue.down")
        if job.relaxed:
            return say(locale, "queue.relaxed", place=place.ahead + 1)
        starts = math.ceil(place.starts_at)
        if place.ahead:
            return say(locale, "queue.waiting", place=place.ahead + 1, starts=starts)
        if place.starts_at - self._clock() > ANY_MOMENT:
            return say(locale, "queue.first", starts=starts)
        return say(locale, "queue.next")

    def _listed(
        self,
        locale: str,
        results: Results,
        links: Sequence[str],
        pictures: Sequence[str | None],
        *,
        theirs: bool = False,
    ) -> list[ui.Item[Any]]:
        items: list[ui.Item[Any]] = []
        for job, link, picture in zip(results.jobs, links, pictures, strict=True):
            items += [ui.Separator(), *self._result(locale, job, link, picture, theirs=theirs)]
        return items

    def _result(
        self, locale: str, job: Job, link: str, picture: str | None, *, theirs: bool = False
    ) -> list[ui.Item[Any]]:
        say, request = self._texts, job.draft.request
        day = math.floor(job.created_at)
        line = say(locale, "history.line", ratio=request.ratio, size=request.size, day=day, link=link)
        star = "★ " if job.starred and not theirs else ""
        text = f"{star}{escape(excerpt(request.prompt, 150))}\n-# {line}"
        if picture is None:
            gone = ui.TextDisplay[Any](f"{text} · {say(locale, 'history.gone')}")
            return [gone] if theirs else [gone, _row(JobButton("again", job.id, say(locale, "button.again")))]
        alt = shorten(request.prompt, ALT_LIMIT)
        thumbnail = ui.Thumbnail[Any](picture, description=alt, spoiler=job.draft.spoiler)
        shown = ui.Section[Any](text, accessory=thumbnail)
        if theirs:
            return [shown, _row(JobButton("remove", job.id, say(locale, "button.remove")))]
        return [shown, _row(JobButton("post", job.id, say(locale, "button.post")))]

    def _no_results(self, locale: str, sought: Sought) -> ui.LayoutView:
        say = self._texts
        if sought.starred:
            text = ui.TextDisplay[Any](say(locale, "history.none-starred"))
            return card(text, _row(self._other_view(locale, sought)))
        return card(ui.TextDisplay(say(locale, "history.none-found" if sought.search else "history.none")))

    def _turns(self, locale: str, results: Results, sought: Sought) -> ui.ActionRow[Any]:
        say, page, last = self._texts, results.page, results.pages - 1
        newer, older = max(page - 1, 0), min(page + 1, last)
        turns = [
            PageButton(newer, sought, say(locale, "button.newer"), disabled=page == 0),
            PageButton(older, sought, say(locale, "button.older"), disabled=page == last),
        ]
        others = [] if sought.member else [self._other_view(locale, sought)]
        return _row(*(turns if last else []), *others)

    def _other_view(self, locale: str, sought: Sought) -> PageButton:
        label = self._texts(locale, "history.all" if sought.starred else "history.starred")
        return PageButton(0, replace(sought, starred=not sought.starred), label)


def quota_lines(say: Texts, locale: str, usage: Usage) -> list[str]:
    """Say how much of a quota is used, when it refills, and what happens past it."""
    quota = usage.quota
    if quota is None:
        return [say(locale, "usage.no-quota")]
    words = say(locale, "usage.quota", count=usage.used, allowed=quota.allowed)
    refills = say(locale, "usage.refills", until=int(quota.until))
    lane = [say(locale, "usage.relaxed")] if quota.past == "relaxed" else []
    return [bar(usage.used, quota.allowed), words, refills, *lane]


def _row(*buttons: Any) -> ui.ActionRow[Any]:
    return ui.ActionRow[Any](*buttons)
