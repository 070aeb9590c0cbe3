"""What one person looks through: their history, their place in line, their usage."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.models import Job, Place, Results, Usage
from bot.ui.buttons import JobButton
from bot.ui.cards import ALT_LIMIT, card
from bot.ui.texts import Texts, escape, shorten

SEARCH_LIMIT = 60


class PageButton(
    ui.DynamicItem[ui.Button[Any]], template=r"history:(?P<page>[0-9]{1,6}):(?P<search>(?s:.{0,60}))"
):
    """Turns to a page of the history; a press becomes ``historycard(interaction, page, search)``."""

    def __init__(self, page: int, search: str, label: str, *, disabled: bool = False) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"history:{page}:{search}", disabled=disabled))
        self._page = page
        self._search = search

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PageButton:
        """Rebuild the button that was pressed."""
        return cls(int(match["page"]), match["search"], "…")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("history_page", interaction, self._page, self._search)


class Pages:
    """Builds the pages in their reader's language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def history(
        self, locale: str, results: Results, search: str, links: Sequence[str], pictures: Sequence[str | None]
    ) -> ui.LayoutView:
        """List results with where they stand (``links``) and their pictures' URLs, None where one is gone."""
        say = self._texts
        if not results.jobs:
            return card(ui.TextDisplay(say(locale, "history.none-found" if search else "history.none")))
        title = say(locale, "history.title", count=results.total)
        items: list[ui.Item[Any]] = [ui.TextDisplay(title)]
        for job, link, picture in zip(results.jobs, links, pictures, strict=True):
            items += [ui.Separator(), *self._result(locale, job, link, picture)]
        if results.pages > 1:
            items += [ui.Separator(), self._turns(locale, results, search)]
        return card(*items)

    def queue(self, locale: str, jobs: Sequence[tuple[Job, Place | None]]) -> ui.LayoutView:
        """List what waits, with its place and start, and what is being drawn, each with Cancel."""
        say = self._texts
        if not jobs:
            return card(ui.TextDisplay(say(locale, "queue.empty")))
        items: list[ui.Item[Any]] = [ui.TextDisplay(say(locale, "queue.title"))]
        for job, place in jobs:
            if place is None:
                line = say(locale, "queue.drawing")
            elif place.ahead == 0:
                line = say(locale, "queue.next")
            else:
                line = say(locale, "queue.waiting", place=place.ahead + 1, starts=int(place.starts_at))
            prompt = escape(shorten(job.draft.request.prompt, 100))
            cancel: Any = JobButton("cancel", job.id, say(locale, "button.cancel"))
            items.append(ui.Section(f"{prompt}\n-# {line}", accessory=cancel))
        return card(*items)

    def usage(self, locale: str, usage: Usage) -> ui.LayoutView:
        """Show how much was drawn and is open."""
        say = self._texts
        lines = [
            say(locale, "usage.title"),
            say(locale, "usage.today", count=usage.today),
            say(locale, "usage.month", count=usage.month),
            say(locale, "usage.open", waiting=usage.waiting, running=usage.running),
        ]
        return card(ui.TextDisplay("\n".join(lines)))

    def _result(self, locale: str, job: Job, link: str, picture: str | None) -> list[ui.Item[Any]]:
        say, request = self._texts, job.draft.request
        day = math.floor(job.created_at)
        line = say(locale, "history.line", ratio=request.ratio, size=request.size, day=day, link=link)
        text = f"{escape(shorten(request.prompt, 150))}\n-# {line}"
        if picture is None:
            gone = say(locale, "history.gone")
            return [
                ui.TextDisplay(f"{text} · {gone}"),
                _row(JobButton("again", job.id, say(locale, "button.again"))),
            ]
        alt = shorten(request.prompt, ALT_LIMIT)
        thumbnail = ui.Thumbnail[Any](picture, description=alt, spoiler=job.draft.spoiler)
        shown = ui.Section[Any](text, accessory=thumbnail)
        return [shown, _row(JobButton("post", job.id, say(locale, "button.post")))]

    def _turns(self, locale: str, results: Results, search: str) -> ui.ActionRow[Any]:
        say, page, last = self._texts, results.page, results.pages - 1
        return _row(
            PageButton(max(page - 1, 0), search, say(locale, "button.newer"), disabled=page == 0),
            PageButton(min(page + 1, last), search, say(locale, "button.older"), disabled=page == last),
        )


def _row(*buttons: Any) -> ui.ActionRow[Any]:
    return ui.ActionRow[Any](*buttons)
