"""The page of /queue."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal, cast, get_args

import discord
from discord import ui

from bot.domain.models import Job, QueuePosition
from bot.ui.cards.buttons.job_buttons import JobButton
from bot.ui.cards.layout import card
from bot.ui.cards.progress_text import ANY_MOMENT
from bot.ui.components import CardButton
from bot.ui.i18n.texts import Texts, escape, shorten

QueueStep = Literal["refresh", "cancel-all", "confirm", "keep"]
_DANGER: tuple[QueueStep, ...] = ("cancel-all", "confirm")
_MAX_ENTRIES = 10
"""Requests on the page: each takes three of the forty components that a message may have."""


class QueueButton(CardButton, template=rf"queue:(?P<step>{'|'.join(get_args(QueueStep))})"):
    """An action on all of a member's open requests."""

    def __init__(self, step: QueueStep, label: str) -> None:
        style = discord.ButtonStyle.danger if step in _DANGER else discord.ButtonStyle.secondary
        super().__init__(ui.Button(label=label, style=style, custom_id=f"queue:{step}"))
        self.step: QueueStep = step

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> QueueButton:
        """Rebuild the button that was pressed."""
        return cls(cast("QueueStep", match["step"]), "…")


class QueuePage:
    """Builds the page in the reader's language.

    It isn't edited while it stands, so it says in words how long something takes: a time would pass.
    """

    def __init__(self, texts: Texts, clock: Callable[[], float]) -> None:
        self._texts = texts
        self._clock = clock

    def page(self, locale: str, jobs: Sequence[tuple[Job, QueuePosition | None]]) -> ui.LayoutView:
        """List open requests with their queue positions, each with Cancel."""
        say = self._texts
        if not jobs:
            return card(ui.TextDisplay(say(locale, "queue.empty")))
        items: list[ui.Item[Any]] = [ui.TextDisplay(say(locale, "queue.title"))]
        items += [self._entry(locale, job, position) for job, position in jobs[:_MAX_ENTRIES]]
        if (more := len(jobs) - _MAX_ENTRIES) > 0:
            items.append(ui.TextDisplay(f"-# {say(locale, 'queue.more', count=more)}"))
        steps: list[QueueStep] = ["refresh"] if len(jobs) == 1 else ["refresh", "cancel-all"]
        return card(*items, self._row(locale, *steps))

    def question(self, locale: str, count: int) -> ui.LayoutView:
        """Ask whether all open requests shall be cancelled."""
        question = ui.TextDisplay[Any](self._texts(locale, "queue.question", count=count))
        return card(question, self._row(locale, "confirm", "keep"))

    def _entry(self, locale: str, job: Job, position: QueuePosition | None) -> ui.Item[Any]:
        prompt = escape(shorten(job.draft.request.prompt, 100))
        cancel: Any = JobButton("cancel", job.id, self._texts(locale, "button.cancel"))
        return ui.Section[Any](f"{prompt}\n-# {self._position(locale, job, position)}", accessory=cancel)

    def _position(self, locale: str, job: Job, position: QueuePosition | None) -> str:
        say = self._texts
        if position is None:
            return say(locale, "queue.drawing")
        if position.paused:
            return say(locale, "queue.paused")
        if position.down:
            return say(locale, "queue.down")
        place = position.ahead + 1
        if job.relaxed:
            return say(locale, "queue.relaxed", place=place)
        seconds = position.starts_at - self._clock()
        if seconds <= ANY_MOMENT:
            return say(locale, "queue.soon", place=place) if position.ahead else say(locale, "queue.next")
        wait = say.duration(locale, seconds)
        if position.ahead:
            return say(locale, "queue.waiting", place=place, wait=wait)
        return say(locale, "queue.first", wait=wait)

    def _row(self, locale: str, *steps: QueueStep) -> ui.ActionRow[Any]:
        buttons: list[Any] = [QueueButton(step, self._texts(locale, f"queue-step.{step}")) for step in steps]
        return ui.ActionRow[Any](*buttons)
