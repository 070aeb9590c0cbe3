"""The pages of /history, /queue and /usage."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import ui

from bot.domain.guild_settings import Pause
from bot.domain.models import Job, JobPage, QueuePosition, Usage
from bot.domain.quotas import usage_bar
from bot.ui.cards.buttons import JobButton
from bot.ui.cards.layout import ALT_LIMIT, card
from bot.ui.cards.progress_text import ANY_MOMENT
from bot.ui.components import CardButton
from bot.ui.i18n.texts import Texts, escape, excerpt, shorten
from bot.ui.panels.pause_forms import pause_buttons, pause_status_line

SEARCH_LIMIT = 60
_MAX_QUEUE_ENTRIES = 10
"""Requests on the queue page: each takes three of the forty components that a message may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Filters of a history: words in the prompt, or starred results only.

    The reader's own history, or that of a ``member`` for a moderator.
    """

    search: str = ""
    starred: bool = False
    member: int | None = None


class PageButton(
    CardButton,
    template=r"history:(?P<page>[0-9]{1,6}):(?P<starred>s?):(?P<member>[0-9]{0,20}):(?P<search>(?s:.{0,60}))",
):
    """Opens a page of the history, counted from 0."""

    def __init__(self, page: int, query: HistoryQuery, label: str, *, disabled: bool = False) -> None:
        custom_id = f"history:{page}:{'s' if query.starred else ''}:{query.member or ''}:{query.search}"
        super().__init__(ui.Button(label=label, custom_id=custom_id, disabled=disabled))
        self.page = page
        self.query = query

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PageButton:
        """Rebuild the button that was pressed."""
        member = int(match["member"]) if match["member"] else None
        query = HistoryQuery(search=match["search"], starred=bool(match["starred"]), member=member)
        return cls(int(match["page"]), query, "…")


class MemberPages:
    """Builds the pages in the reader's language."""

    def __init__(self, texts: Texts, clock: Callable[[], float]) -> None:
        self._texts = texts
        self._clock = clock

    def history(
        self,
        locale: str,
        results: JobPage,
        query: HistoryQuery,
        links: Sequence[str],
        pictures: Sequence[str | None],
    ) -> ui.LayoutView:
        """List results with links to their messages and their pictures' URLs, None where one is gone."""
        say = self._texts
        if not results.jobs:
            return self._no_results(locale, query)
        title = say(locale, "history.title", count=results.total)
        items = self._entries(locale, results, links, pictures)
        return card(ui.TextDisplay(title), *items, ui.Separator(), self._page_buttons(locale, results, query))

    def member_history(
        self,
        locale: str,
        results: JobPage,
        query: HistoryQuery,
        links: Sequence[str],
        pictures: Sequence[str | None],
        pause: Pause | None,
    ) -> ui.LayoutView:
        """List a member's results for a moderator, with Delete, and the member's pause."""
        say, member_id = self._texts, query.member or 0
        member = f"<@{member_id}>"
        if results.jobs:
            title = say(locale, "history.title-theirs", count=results.total, member=member)
        elif query.search:
            title = say(locale, "history.none-found-theirs", member=member)
        else:
            title = say(locale, "history.none-theirs", member=member)
        items = self._entries(locale, results, links, pictures, moderated=True)
        if results.pages > 1:
            items += [ui.Separator(), self._page_buttons(locale, results, query)]
        state = ui.TextDisplay[Any](pause_status_line(say, locale, member_id, pause))
        return card(
            ui.TextDisplay(title),
            *items,
            ui.Separator(),
            state,
            pause_buttons(say, locale, member_id, pause),
        )

    def queue(self, locale: str, jobs: Sequence[tuple[Job, QueuePosition | None]]) -> ui.LayoutView:
        """List open requests with their queue positions, each with Cancel."""
        say = self._texts
        if not jobs:
            return card(ui.TextDisplay(say(locale, "queue.empty")))
        items: list[ui.Item[Any]] = [ui.TextDisplay(say(locale, "queue.title"))]
        for job, position in jobs[:_MAX_QUEUE_ENTRIES]:
            prompt = escape(shorten(job.draft.request.prompt, 100))
            cancel: Any = JobButton("cancel", job.id, say(locale, "button.cancel"))
            items.append(
                ui.Section(f"{prompt}\n-# {self._position(locale, job, position)}", accessory=cancel)
            )
        if (more := len(jobs) - _MAX_QUEUE_ENTRIES) > 0:
            items.append(ui.TextDisplay(f"-# {say(locale, 'queue.more', count=more)}"))
        return card(*items)

    def usage(self, locale: str, usage: Usage) -> ui.LayoutView:
        """Show the numbers of pictures drawn and of open requests."""
        say = self._texts
        lines = [
            say(locale, "usage.title"),
            *quota_lines(say, locale, usage),
            say(locale, "usage.today", count=usage.today),
            say(locale, "usage.month", count=usage.month),
            say(locale, "usage.open", waiting=usage.waiting, running=usage.running),
        ]
        return card(ui.TextDisplay("\n".join(lines)))

    def _position(self, locale: str, job: Job, position: QueuePosition | None) -> str:
        say = self._texts
        if position is None:
            return say(locale, "queue.drawing")
        if position.down:
            return say(locale, "queue.down")
        if job.relaxed:
            return say(locale, "queue.relaxed", place=position.ahead + 1)
        starts = math.ceil(position.starts_at)
        if position.ahead:
            return say(locale, "queue.waiting", place=position.ahead + 1, starts=starts)
        if position.starts_at - self._clock() > ANY_MOMENT:
            return say(locale, "queue.first", starts=starts)
        return say(locale, "queue.next")

    def _entries(
        self,
        locale: str,
        results: JobPage,
        links: Sequence[str],
        pictures: Sequence[str | None],
        *,
        moderated: bool = False,
    ) -> list[ui.Item[Any]]:
        items: list[ui.Item[Any]] = []
        for job, link, picture in zip(results.jobs, links, pictures, strict=True):
            items += [ui.Separator(), *self._entry(locale, job, link, picture, moderated=moderated)]
        return items

    def _entry(
        self, locale: str, job: Job, link: str, picture: str | None, *, moderated: bool = False
    ) -> list[ui.Item[Any]]:
        say, request = self._texts, job.draft.request
        day = math.floor(job.created_at)
        line = say(locale, "history.line", ratio=request.ratio, size=request.size, day=day, link=link)
        star = "★ " if job.starred and not moderated else ""
        text = f"{star}{escape(excerpt(request.prompt, 150))}\n-# {line}"
        if picture is None:
            gone = ui.TextDisplay[Any](f"{text} · {say(locale, 'history.gone')}")
            return (
                [gone] if moderated else [gone, _row(JobButton("again", job.id, say(locale, "button.again")))]
            )
        alt = shorten(request.prompt, ALT_LIMIT)
        thumbnail = ui.Thumbnail[Any](picture, description=alt, spoiler=job.draft.spoiler)
        shown = ui.Section[Any](text, accessory=thumbnail)
        if moderated:
            return [shown, _row(JobButton("remove", job.id, say(locale, "button.remove")))]
        return [shown, _row(JobButton("post", job.id, say(locale, "button.post")))]

    def _no_results(self, locale: str, query: HistoryQuery) -> ui.LayoutView:
        say = self._texts
        if query.starred:
            text = ui.TextDisplay[Any](say(locale, "history.none-starred"))
            return card(text, _row(self._other_view(locale, query)))
        return card(ui.TextDisplay(say(locale, "history.none-found" if query.search else "history.none")))

    def _page_buttons(self, locale: str, results: JobPage, query: HistoryQuery) -> ui.ActionRow[Any]:
        say, page, last = self._texts, results.page, results.pages - 1
        newer, older = max(page - 1, 0), min(page + 1, last)
        buttons = [
            PageButton(newer, query, say(locale, "button.newer"), disabled=page == 0),
            PageButton(older, query, say(locale, "button.older"), disabled=page == last),
        ]
        others = [] if query.member else [self._other_view(locale, query)]
        return _row(*(buttons if last else []), *others)

    def _other_view(self, locale: str, query: HistoryQuery) -> PageButton:
        label = self._texts(locale, "history.all" if query.starred else "history.starred")
        return PageButton(0, replace(query, starred=not query.starred), label)


def quota_lines(say: Texts, locale: str, usage: Usage) -> list[str]:
    """Return lines about daily limits: how much is used, when they refill, and what happens beyond them."""
    lines = [*_server_quota_lines(say, locale, usage), *_daily_lines(say, locale, usage)]
    return lines or [say(locale, "usage.no-quota")]


def _server_quota_lines(say: Texts, locale: str, usage: Usage) -> list[str]:
    quota = usage.quota
    if quota is None:
        return []
    words = say(locale, "usage.quota", count=usage.used, allowed=quota.allowed)
    refills = say(locale, "usage.refills", until=int(quota.until))
    lane = [say(locale, "usage.relaxed")] if quota.past == "relaxed" else []
    return [usage_bar(usage.used, quota.allowed), words, refills, *lane]


def _daily_lines(say: Texts, locale: str, usage: Usage) -> list[str]:
    lines: list[str] = []
    for daily in usage.daily:
        words = say(locale, f"daily.{daily.scope}", count=daily.used, allowed=daily.allowed)
        refills = say(locale, "usage.refills", until=daily.until)
        lines += [usage_bar(daily.used, daily.allowed), f"{words} {refills}"]
    return lines


def _row(*buttons: Any) -> ui.ActionRow[Any]:
    return ui.ActionRow[Any](*buttons)
