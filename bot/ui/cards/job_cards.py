"""The card of a job, from waiting to its pictures; every edit builds a new view."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.domain import request_rules
from bot.domain.errors import BotError
from bot.domain.models import (
    Generating,
    Job,
    Picture,
    Progress,
    QueuePosition,
    RetryScheduled,
    Size,
    Style,
    Waiting,
)
from bot.domain.redraws import INSTRUCTIONS, can_upscale
from bot.domain.size_steps import asked_size, nearest_ratio
from bot.ui.cards.buttons import JobAction, JobButton
from bot.ui.cards.picture_buttons import number_buttons
from bot.ui.i18n.texts import Texts, escape, excerpt, shorten

ACCENT = discord.Colour(0x5B6CFF)
ANY_MOMENT = 5.0
"""Seconds until a start within which the card shows no time."""
_PROMPT_SHOWN = 350
ALT_LIMIT = 1024
_TEXT_LIMIT = 4000
"""Most characters in a card."""


class Cards:
    """Builds the cards of jobs, and short notes, in the reader's language."""

    def __init__(self, texts: Texts, clock: Callable[[], float]) -> None:
        self._texts = texts
        self._clock = clock

    def progress(self, job: Job, progress: Progress) -> ui.LayoutView:
        """Show a job's progress, with Cancel."""
        return card(
            ui.TextDisplay(self._status(job, progress)),
            _prompt_quote(job),
            self._row(job, "cancel"),
        )

    def cancelled(self, job: Job) -> ui.LayoutView:
        """Show that the job was cancelled."""
        text = self._texts(job.requester.locale, "card.cancelled")
        return card(ui.TextDisplay(text), _prompt_quote(job), self._row(job, "again", "edit"))

    def result(
        self,
        job: Job,
        pictures: Sequence[Picture],
        names: Sequence[str],
        *,
        largest: Size = "4K",
        hide_prompt: bool = False,
    ) -> ui.LayoutView:
        """Show the pictures, attached under ``names``; ``hide_prompt`` leaves the prompt and the style out.

        Offers no size above ``largest``, the server's maximum.
        """
        locale = job.requester.locale
        lines = [] if hide_prompt else [_prompt_quote(job)]
        buttons: list[JobAction] = ["again", "edit", "remix"]
        if can_upscale(job, largest):
            buttons.append("upscale")
        small = ui.TextDisplay[Any](
            "\n".join(
                f"-# {line}" for line in self._small_lines(locale, job, pictures, hide_style=hide_prompt)
            )
        )
        return card(
            self._gallery(job, names, hide_prompt=hide_prompt),
            *lines,
            small,
            *self._numbers(job, len(names)),
            self._row(job, *buttons, "more"),
        )

    def problem(self, job: Job, *, hide_prompt: bool = False) -> ui.LayoutView:
        """Explain why there is no picture, with the buttons that can help."""
        locale = job.requester.locale
        request = job.draft.request
        facts = {
            "ratio": request.ratio,
            "size": asked_size(job) or request.size,
            "other": nearest_ratio(request.ratio),
        }
        text = self._problem(locale, job.problem or "", {**job.facts, **facts})
        small = ui.TextDisplay[Any](
            f"-# {self._texts(locale, 'card.error-id', id=job.id)} · <@{job.requester.user_id}>"
        )
        lines = [] if hide_prompt else [_prompt_quote(job)]
        return card(ui.TextDisplay(text), *lines, small, self._row(job, *_problem_actions(job)))

    def error(self, locale: str, error: BotError, incident: int | None = None) -> ui.LayoutView:
        """Explain why a request was not accepted."""
        text = self.error_text(locale, error)
        lines = [] if incident is None else [f"-# {self._texts(locale, 'card.error-id', id=incident)}"]
        return card(ui.TextDisplay("\n".join([text, *lines])))

    def storage_wait(self, locale: str, until: float) -> ui.LayoutView:
        """Tell that a request waits for the database, at most until then."""
        return card(ui.TextDisplay(self._texts(locale, "card.storage-wait", until=math.ceil(until))))

    def hint(self, locale: str) -> ui.LayoutView:
        """Explain how to remix by a reply."""
        return card(ui.TextDisplay(self._texts(locale, "card.reply-hint")))

    def error_text(self, locale: str, error: BotError) -> str:
        """Return the error's message in a language."""
        facts: dict[str, Any] = error.facts
        if error.key == "rule-broken":
            facts = {fact: self._readable(locale, fact, value) for fact, value in facts.items()}
            return self._texts(locale, f"rule.{facts['rule']}", **facts)
        return self._problem(locale, error.key, facts)

    def _readable(self, locale: str, fact: str, value: str | int | float) -> str | int | float:
        """Format a rule's fact: escape user input, name permissions as Discord does."""
        match fact, value:
            case "name" | "flags", str():
                return escape(value)
            case "permissions", str():
                names = (self._texts(locale, f"permission.{name}") for name in value.split())
                return " · ".join(f"**{name}**" for name in names)
            case _:
                return value

    def details(self, locale: str, job: Job, *, own: bool, deletable: bool) -> ui.LayoutView:
        """Show the settings of a result, with more actions.

        Original if it is stored, Star if the result is their ``own``, Delete if it is ``deletable``.
        """
        say, request = self._texts, job.draft.request
        line = say(
            locale,
            "more.settings",
            count=job.draft.count,
            kind=say(locale, f"more.{job.draft.kind}"),
            ratio=request.ratio,
            size=request.size,
            model=escape(request.model or say(locale, "more.default-model")),
        )
        prompt = f"{say(locale, 'more.prompt')}\n>>> {escape(shorten(request.prompt, 1500))}"
        lines = [f"{say(locale, 'more.title')}\n{line}", prompt]
        if job.draft.style is not None:
            lines.insert(1, self._style(locale, job.draft.style))
        offered: dict[JobAction, bool] = {
            "vary": bool(job.pictures),
            "original": bool(job.kept),
            "save": bool(job.pictures),
            "unstar" if job.starred else "star": own,
            "delete": deletable,
        }
        actions: list[JobAction] = [action for action, offer in offered.items() if offer]
        row = [self._row(job, *actions, locale=locale)] if actions else []
        return card(*(ui.TextDisplay[Any](text) for text in lines), *row)

    def saved(self, locale: str, job: Job, names: Sequence[str], link: str) -> ui.LayoutView:
        """Show saved pictures, attached under ``names``, with a link to their message."""
        request = job.draft.request
        line = self._texts(locale, "more.saved-from", ratio=request.ratio, size=request.size, link=link)
        return card(self._gallery(job, names), _prompt_quote(job), ui.TextDisplay(f"-# {line}"))

    def completion_notice(self, locale: str, job: Job, link: str) -> ui.LayoutView:
        """Tell that a request is done, with a link to its answer."""
        key = "reminder.done" if job.pictures else "reminder.failed"
        return card(ui.TextDisplay(self._texts(locale, key, link=link)), _prompt_quote(job))

    def note(self, locale: str, key: str, **facts: Any) -> ui.LayoutView:
        """Show a single message."""
        return card(ui.TextDisplay(self._texts(locale, key, **facts)))

    def original_links(self, locale: str, links: Sequence[str]) -> list[ui.LayoutView]:
        """List temporary links to originals, on several cards if one is too short."""
        texts = [self._texts(locale, "more.original-links")]
        for number, link in enumerate(links, 1):
            line = f"[{number}]({link})"
            if len(texts[-1]) + 1 + len(line) <= _TEXT_LIMIT:
                texts[-1] = f"{texts[-1]}\n{line}"
            else:
                texts.append(line)
        return [card(ui.TextDisplay(text)) for text in texts]

    def _gallery(self, job: Job, names: Sequence[str], *, hide_prompt: bool = False) -> ui.MediaGallery[Any]:
        def item(number: int, name: str) -> discord.MediaGalleryItem:
            alt = None if hide_prompt else shorten(self._alt(job, number, len(names)), ALT_LIMIT)
            return discord.MediaGalleryItem(
                f"attachment://{name}", description=alt, spoiler=job.draft.spoiler
            )

        return ui.MediaGallery(*(item(number, name) for number, name in enumerate(names, 1)))

    def _style(self, locale: str, style: Style) -> str:
        name = self._texts(locale, "more.style", style=escape(style.name))
        return f"{name}\n-# {escape(shorten(style.text, request_rules.STYLE_TEXT_LIMIT))}"

    def _status(self, job: Job, progress: Progress) -> str:
        say, locale = self._texts, job.requester.locale
        match progress:
            case Waiting(position=position) if job.relaxed:
                return say(locale, "card.waiting-relaxed", count=position.ahead)
            case Waiting(position=position):
                return self._position(locale, position)
            case Generating(ready_at=ready_at):
                seconds = math.ceil(ready_at - self._clock())
                if seconds <= 0:
                    return say(locale, "card.drawing-longer")
                return say(locale, "card.drawing", seconds=seconds, ready=math.ceil(ready_at))
            case RetryScheduled(problem=problem, run_at=run_at):
                key = "card.retrying-busy" if problem == "busy" else "card.retrying"
                return say(locale, key, at=math.ceil(run_at))

    def _position(self, locale: str, position: QueuePosition) -> str:
        say, starts = self._texts, math.ceil(position.starts_at)
        if position.down:
            return say(locale, "card.down")
        if position.ahead:
            return say(locale, "card.waiting", count=position.ahead, starts=starts)
        if position.starts_at - self._clock() > ANY_MOMENT:
            return say(locale, "card.waiting-first", starts=starts)
        return say(locale, "card.waiting-next")

    def _small_lines(
        self, locale: str, job: Job, pictures: Sequence[Picture], *, hide_style: bool
    ) -> list[str]:
        say, request, first = self._texts, job.draft.request, job.pictures[0]
        seconds = (job.drawn_at or 0) - (job.started_at or 0)
        facts: dict[str, Any] = {
            "ratio": request.ratio,
            "width": first.width,
            "height": first.height,
            "seconds": max(1, round(seconds)),
            "asker": f"<@{job.requester.user_id}>",
        }
        if (style := job.draft.style) is not None and not hide_style:
            lines = [say(locale, "card.line-styled", style=escape(style.name), **facts)]
        else:
            lines = [say(locale, "card.line", **facts)]
        if job.draft.kind in INSTRUCTIONS:
            lines.append(self._redrawn(locale, job))
        if (asked := asked_size(job)) is not None:
            lines.append(say(locale, "card.line-larger", asked=asked, ratio=request.ratio, size=request.size))
        if any(sent.path != drawn.path for sent, drawn in zip(pictures, job.pictures, strict=True)):
            lines.append(say(locale, "card.line-reencoded"))
        if missing := job.draft.count - len(job.pictures):
            why = say(locale, f"missing.{job.problem or 'unexpected'}")
            lines.append(say(locale, "card.line-missing", count=missing, why=why))
        if request_rules.is_long(request_rules.relay_request(job.draft).prompt):
            lines.append(say(locale, "card.line-long"))
        return lines

    def _redrawn(self, locale: str, job: Job) -> str:
        """Say which picture a redraw started from, linked where its message is known."""
        link = job.draft.source or ""
        linked = link.startswith("https://")
        if job.draft.kind == "upscale":
            key = "card.line-upscale-linked" if linked else "card.line-upscale"
        else:
            key = "card.line-vary-linked" if linked else "card.line-vary"
        return self._texts(locale, key, link=link)

    def _problem(self, locale: str, problem: str, facts: dict[str, Any]) -> str:
        detail = facts.get("reason") or facts.get("problem")
        for key in (f"error.{problem}-{detail}", f"error.{problem}", "error.unexpected"):
            if self._texts.has(key):
                return self._texts(locale, key, **facts)
        raise KeyError(problem)

    def _alt(self, job: Job, number: int, count: int) -> str:
        locale = job.requester.locale
        key = "card.alt-remix" if job.draft.kind == "remix" else "card.alt"
        alt = self._texts(locale, key, prompt=job.draft.request.prompt)
        if count == 1:
            return alt
        return self._texts(locale, "card.alt-numbered", number=number, count=count, alt=alt)

    def _numbers(self, job: Job, count: int) -> list[ui.ActionRow[Any]]:
        """Return a row with the number of each picture, which opens it; none for a single picture."""
        return [ui.ActionRow[Any](*number_buttons(job, "open", count))] if count > 1 else []

    def _row(self, job: Job, *actions: JobAction, locale: str | None = None) -> ui.ActionRow[Any]:
        locale = locale or job.requester.locale
        buttons: list[ui.Item[Any]] = [
            JobButton(action, job.id, self._label(locale, job, action), job.copy_id) for action in actions
        ]
        return ui.ActionRow[Any](*buttons)

    def _label(self, locale: str, job: Job, action: JobAction) -> str:
        if job.problem == "prompt-blocked" and action == "edit":
            return self._texts(locale, "button.edit-prompt")
        if job.problem is not None and not job.pictures and action == "again":
            return self._texts(locale, "button.retry")
        request = job.draft.request
        return self._texts(
            locale,
            f"button.{action}",
            size=request_rules.alternative_size(request.size),
            ratio=nearest_ratio(request.ratio),
        )


def _problem_actions(job: Job) -> tuple[JobAction, ...]:
    """Return the buttons that can help: Edit for a permanent refusal, otherwise a retry."""
    match job.problem:
        case "prompt-blocked" | "blocked":
            return ("edit",)
        case "size-refused":
            return ("reshape", "edit")
        case "reference-blocked" | "reference-unusable" if job.draft.kind == "upscale":
            return ("anew", "edit")
        case "reference-blocked" | "reference-unusable" if job.draft.kind == "remix":
            return ("replace",)
        case "reference-blocked" | "reference-unusable":
            return ("edit",)
        case "operator":
            return ("again",)
        case _:
            return ("again", "edit")


def quoted_prompt(job: Job) -> str:
    """Return the beginning of a job's prompt as a quote."""
    return f"> {escape(excerpt(job.draft.request.prompt, _PROMPT_SHOWN))}"


def _prompt_quote(job: Job) -> ui.TextDisplay[Any]:
    return ui.TextDisplay(quoted_prompt(job))


def card(*children: ui.Item[Any]) -> ui.LayoutView:
    """Build a view with one container around the items."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*children, accent_colour=ACCENT))
    return view
