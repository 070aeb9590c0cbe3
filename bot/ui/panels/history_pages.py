"""The pages of /history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import ui

from bot.domain.guild_settings import Pause
from bot.domain.models import Job, JobPage
from bot.domain.request_rules import NO_STYLE
from bot.domain.requests.cancellation import REASON_LIMIT, Cancellation
from bot.domain.requests.history_filter import HistoryFilter, HistoryKind
from bot.ui.cards.buttons.job_buttons import JobAction
from bot.ui.cards.buttons.job_rows import JobRows
from bot.ui.cards.layout import card
from bot.ui.cards.picture_gallery import picture_gallery, picture_thumbnail, result_text
from bot.ui.components import CardButton
from bot.ui.i18n.texts import Texts, escape, shorten
from bot.ui.intake.references.media import Media
from bot.ui.panels.pause_forms import pause_buttons, pause_status_line

SEARCH_LIMIT = 48
"""Characters: with a style's name they fit into a button's custom_id."""
_KINDS: dict[HistoryKind, str] = {"drawn": "d", "remix": "r", "edit": "e", "upscale": "u"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery(HistoryFilter):
    """The filters of the reader's own history, or of that of a ``member`` for a moderator."""

    member: int | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether something else than words is filtered for."""
        return self.starred or self.kind is not None or self.style is not None


class PageButton(
    CardButton,
    template=(
        r"history:(?P<page>[0-9]{1,6}):(?P<starred>s?)(?P<kind>[dreu]?)(?P<length>[0-9]{0,2})"
        r":(?P<member>[0-9]{0,20}):(?P<text>(?s:.{0,92}))"
    ),
):
    """Opens a page of the history, counted from 0."""

    def __init__(self, page: int, query: HistoryQuery, label: str, *, disabled: bool = False) -> None:
        style = query.style or ""
        flags = f"{'s' if query.starred else ''}{_KINDS[query.kind] if query.kind else ''}{len(style) or ''}"
        custom_id = f"history:{page}:{flags}:{query.member or ''}:{style}{query.search}"
        super().__init__(ui.Button(label=label, custom_id=custom_id, disabled=disabled))
        self.page = page
        self.query = query

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PageButton:
        """Rebuild the button that was pressed."""
        length, text = int(match["length"] or 0), match["text"]
        query = HistoryQuery(
            search=text[length:],
            starred=bool(match["starred"]),
            kind=next((kind for kind, letter in _KINDS.items() if letter == match["kind"]), None),
            style=text[:length] or None,
            member=int(match["member"]) if match["member"] else None,
        )
        return cls(int(match["page"]), query, "…")


class HistoryPages:
    """Builds the pages in the reader's language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._rows = JobRows(texts)

    def history(
        self,
        locale: str,
        results: JobPage,
        query: HistoryQuery,
        links: Sequence[str],
        pictures: Sequence[Sequence[Media]],
    ) -> ui.LayoutView:
        """List results with links to their messages and their pictures, none where they are gone."""
        if not results.jobs:
            return self._no_results(locale, query)
        title = self._title(locale, results.total, query)
        items = self._entries(locale, results, links, pictures)
        return card(ui.TextDisplay(title), *items, ui.Separator(), self._page_buttons(locale, results, query))

    def member_history(
        self,
        locale: str,
        results: JobPage,
        query: HistoryQuery,
        links: Sequence[str],
        pictures: Sequence[Sequence[Media]],
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
        pictures: Sequence[Sequence[Media]],
        *,
        moderated: bool = False,
    ) -> list[ui.Item[Any]]:
        items: list[ui.Item[Any]] = []
        for job, link, shown in zip(results.jobs, links, pictures, strict=True):
            items += [ui.Separator(), *self._entry(locale, job, link, shown, moderated=moderated)]
        return items

    def _entry(
        self, locale: str, job: Job, link: str, pictures: Sequence[Media], *, moderated: bool = False
    ) -> list[ui.Item[Any]]:
        say = self._texts
        star = "★ " if job.starred and not moderated else ""
        text = star + result_text(say, locale, job, link)
        if not pictures:
            gone = ui.TextDisplay[Any](f"{text} · {self._gone(locale, job)}")
            return [gone] if moderated else [gone, self._rows.row(job, "again", locale=locale)]
        actions: tuple[JobAction, ...] = ("remove",) if moderated else ("open", "post")
        if not moderated and pictures[0].url.startswith("attachment://"):  # only the stored original is left
            actions = ("post",)
        row = self._rows.row(job, *actions, locale=locale)
        if len(pictures) > 1:
            return [ui.TextDisplay(text), picture_gallery(say, locale, job, pictures), row]
        # A gallery would show a single picture as wide as the card.
        spoiler = job.draft.spoiler or pictures[0].spoiler
        thumbnail = picture_thumbnail(say, locale, job, pictures[0], len(job.pictures), spoiler=spoiler)
        return [ui.Section(text, accessory=thumbnail), row]

    def _gone(self, locale: str, job: Job) -> str:
        """Say that a picture is gone; if a moderator removed it, why."""
        say, cancellation = self._texts, Cancellation.from_facts(job.facts)
        if cancellation.by != "moderator":
            return say(locale, "history.gone")
        if not cancellation.reason:
            return say(locale, "history.removed")
        return say(locale, "history.removed-why", why=escape(shorten(cancellation.reason, REASON_LIMIT)))

    def _no_results(self, locale: str, query: HistoryQuery) -> ui.LayoutView:
        say = self._texts
        if query.is_narrow:
            only_star = query == HistoryQuery(starred=True, search=query.search)
            text = say(locale, "history.none-starred" if only_star else "history.none-filtered")
            return card(ui.TextDisplay(text), _row(self._other_view(locale, query)))
        return card(ui.TextDisplay(say(locale, "history.none-found" if query.search else "history.none")))

    def _title(self, locale: str, total: int, query: HistoryQuery) -> str:
        say = self._texts
        filters = ["★"] if query.starred else []
        if query.kind is not None:
            filters.append(say(locale, f"kind.{query.kind}"))
        if query.style == NO_STYLE:
            filters.append(say(locale, "style.no-style"))
        elif query.style is not None:
            filters.append(say(locale, "more.style", style=escape(query.style)))
        title = say(locale, "history.title", count=total)
        return "\n-# ".join([title, " · ".join(filters)]) if filters else title

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
        """Return the button to the starred results, or from filtered ones to all."""
        if query.is_narrow:
            return PageButton(0, HistoryQuery(search=query.search), self._texts(locale, "history.all"))
        return PageButton(0, replace(query, starred=True), self._texts(locale, "history.starred"))


def _row(*buttons: Any) -> ui.ActionRow[Any]:
    return ui.ActionRow[Any](*buttons)
