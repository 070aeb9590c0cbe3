"""The pages of /history."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import ui

from bot.domain.guild_settings import Pause
from bot.domain.models import Job, JobPage
from bot.ui.cards.buttons import JobButton
from bot.ui.cards.layout import ALT_LIMIT, card
from bot.ui.components import CardButton
from bot.ui.i18n.texts import Texts, escape, excerpt, shorten
from bot.ui.panels.pause_forms import pause_buttons, pause_status_line

SEARCH_LIMIT = 60


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


class HistoryPages:
    """Builds the pages in the reader's language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

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


def _row(*buttons: Any) -> ui.ActionRow[Any]:
    return ui.ActionRow[Any](*buttons)
