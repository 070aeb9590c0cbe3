"""The one card that a request is, from waiting to its picture; a new view for every edit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.domain import request_rules
from bot.domain.errors import BotError
from bot.domain.models import Drawing, Job, Picture, Place, Progress, Retrying, Size, Style, Waiting
from bot.ui.cards.buttons import Action, JobButton
from bot.ui.i18n.texts import Texts, escape, excerpt, shorten

ACCENT = discord.Colour(0x5B6CFF)
ANY_MOMENT = 5.0
"""Seconds within which a start isn't worth a time."""
_PROMPT_SHOWN = 350
ALT_LIMIT = 1024
_TEXT_LIMIT = 4000
"""Characters that a card may have."""


class Cards:
    """Builds every card in the asker's language."""

    def __init__(self, texts: Texts, clock: Callable[[], float]) -> None:
        self._texts = texts
        self._clock = clock

    def progress(self, job: Job, progress: Progress) -> ui.LayoutView:
        """Show how far a job is, with Cancel."""
        return card(
            ui.TextDisplay(self._status(job, progress)),
            _quote(job),
            self._row(job, "cancel"),
        )

    def cancelled(self, job: Job) -> ui.LayoutView:
        """Show that the asker changed their mind."""
        text = self._texts(job.requester.locale, "card.cancelled")
        return card(ui.TextDisplay(text), _quote(job), self._row(job, "again", "edit"))

    def result(
        self,
        job: Job,
        pictures: Sequence[Picture],
        names: Sequence[str],
        *,
        largest: Size = "4K",
        quiet: bool = False,
    ) -> ui.LayoutView:
        """Show the pictures, attached under ``names``; ``quiet`` leaves the prompt out.

        No size over the ``largest`` that is drawn there is offered.
        """
        locale = job.requester.locale
        lines = [] if quiet else [_quote(job)]
        buttons: list[Action] = ["again", "edit", "remix"]
        if job.draft.request.size != "4K" == largest:
            buttons.append("upscale")
        small = ui.TextDisplay[Any](
            "\n".join(f"-# {line}" for line in self._small_lines(locale, job, pictures))
        )
        return card(self._gallery(job, names, quiet=quiet), *lines, small, self._row(job, *buttons, "more"))

    def problem(self, job: Job, *, largest: Size = "4K", quiet: bool = False) -> ui.LayoutView:
        """Say why there is no picture and what to do now."""
        locale = job.requester.locale
        request = job.draft.request
        facts = {
            "ratio": request.ratio,
            "size": request.size,
            "other": request_rules.other_size(request.size),
        }
        text = self._problem(locale, job.problem or "", {**job.facts, **facts})
        small = ui.TextDisplay[Any](
            f"-# {self._texts(locale, 'card.error-id', id=job.id)} · <@{job.requester.user_id}>"
        )
        lines = [] if quiet else [_quote(job)]
        return card(ui.TextDisplay(text), *lines, small, self._row(job, *_remedies(job, largest)))

    def apology(self, locale: str, error: BotError, incident: int | None = None) -> ui.LayoutView:
        """Say what is wrong with a request that was never queued."""
        text = self.sentence(locale, error)
        lines = [] if incident is None else [f"-# {self._texts(locale, 'card.error-id', id=incident)}"]
        return card(ui.TextDisplay("\n".join([text, *lines])))

    def hint(self, locale: str) -> ui.LayoutView:
        """Say how a reply becomes a remix."""
        return card(ui.TextDisplay(self._texts(locale, "card.reply-hint")))

    def sentence(self, locale: str, error: BotError) -> str:
        """Return the error in the person's words."""
        facts: dict[str, Any] = error.facts
        if error.key == "rule-broken":
            facts = {fact: self._readable(locale, fact, value) for fact, value in facts.items()}
            return self._texts(locale, f"rule.{facts['rule']}", **facts)
        return self._problem(locale, error.key, facts)

    def _readable(self, locale: str, fact: str, value: str | int | float) -> str | int | float:
        """Return a rule's fact as people read it: their own words escaped, permissions by Discord's names."""
        match fact, value:
            case "name" | "flags", str():
                return escape(value)
            case "permissions", str():
                names = (self._texts(locale, f"permission.{name}") for name in value.split())
                return " · ".join(f"**{name}**" for name in names)
            case _:
                return value

    def settings(self, locale: str, job: Job, *, own: bool, deletable: bool) -> ui.LayoutView:
        """Show what a picture was made with, and what else may be done with it.

        Original where it is kept, a star where it is their ``own``, and Delete to those who may.
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
        offered: dict[Action, bool] = {
            "original": bool(job.kept),
            "save": bool(job.pictures),
            "unstar" if job.starred else "star": own,
            "delete": deletable,
        }
        actions: list[Action] = [action for action, offer in offered.items() if offer]
        row = [self._row(job, *actions, locale=locale)] if actions else []
        return card(*(ui.TextDisplay[Any](text) for text in lines), *row)

    def saved(self, locale: str, job: Job, names: Sequence[str], link: str) -> ui.LayoutView:
        """Show somebody pictures that they keep, attached under ``names``, and where they come from."""
        request = job.draft.request
        line = self._texts(locale, "more.saved-from", ratio=request.ratio, size=request.size, link=link)
        return card(self._gallery(job, names), _quote(job), ui.TextDisplay(f"-# {line}"))

    def reminder(self, locale: str, job: Job, link: str) -> ui.LayoutView:
        """Say that a request is done, and where its answer is."""
        key = "reminder.done" if job.pictures else "reminder.failed"
        return card(ui.TextDisplay(self._texts(locale, key, link=link)), _quote(job))

    def note(self, locale: str, key: str, **facts: Any) -> ui.LayoutView:
        """Say one thing."""
        return card(ui.TextDisplay(self._texts(locale, key, **facts)))

    def links(self, locale: str, links: Sequence[str]) -> list[ui.LayoutView]:
        """Show where originals can be fetched for a while, on as many cards as long links take."""
        texts = [self._texts(locale, "more.original-links")]
        for number, link in enumerate(links, 1):
            line = f"[{number}]({link})"
            if len(texts[-1]) + 1 + len(line) <= _TEXT_LIMIT:
                texts[-1] = f"{texts[-1]}\n{line}"
            else:
                texts.append(line)
        return [card(ui.TextDisplay(text)) for text in texts]

    def _gallery(self, job: Job, names: Sequence[str], *, quiet: bool = False) -> ui.MediaGallery[Any]:
        alt = shorten(self._alt(job), ALT_LIMIT) if not quiet else None
        return ui.MediaGallery(
            *(
                discord.MediaGalleryItem(f"attachment://{name}", description=alt, spoiler=job.draft.spoiler)
                for name in names
            )
        )

    def _style(self, locale: str, style: Style) -> str:
        name = self._texts(locale, "more.style", style=escape(style.name))
        return f"{name}\n-# {escape(shorten(style.text, request_rules.STYLE_TEXT_LIMIT))}"

    def _status(self, job: Job, progress: Progress) -> str:
        say, locale = self._texts, job.requester.locale
        match progress:
            case Waiting(place=place) if job.relaxed:
                return say(locale, "card.waiting-relaxed", count=place.ahead)
            case Waiting(place=place):
                return self._place(locale, place)
            case Drawing(ready_at=ready_at):
                seconds = math.ceil(ready_at - self._clock())
                if seconds <= 0:
                    return say(locale, "card.drawing-longer")
                return say(locale, "card.drawing", seconds=seconds, ready=math.ceil(ready_at))
            case Retrying(problem=problem, run_at=run_at):
                key = "card.retrying-busy" if problem == "busy" else "card.retrying"
                return say(locale, key, at=math.ceil(run_at))

    def _place(self, locale: str, place: Place) -> str:
        say, starts = self._texts, math.ceil(place.starts_at)
        if place.down:
            return say(locale, "card.down")
        if place.ahead:
            return say(locale, "card.waiting", count=place.ahead, starts=starts)
        if place.starts_at - self._clock() > ANY_MOMENT:
            return say(locale, "card.waiting-first", starts=starts)
        return say(locale, "card.waiting-next")

    def _small_lines(self, locale: str, job: Job, pictures: Sequence[Picture]) -> list[str]:
        say, request, first = self._texts, job.draft.request, job.pictures[0]
        seconds = (job.drawn_at or 0) - (job.started_at or 0)
        facts: dict[str, Any] = {
            "ratio": request.ratio,
            "width": first.width,
            "height": first.height,
            "seconds": max(1, round(seconds)),
            "asker": f"<@{job.requester.user_id}>",
        }
        if (style := job.draft.style) is not None:
            lines = [say(locale, "card.line-styled", style=escape(style.name), **facts)]
        else:
            lines = [say(locale, "card.line", **facts)]
        if any(sent.path != drawn.path for sent, drawn in zip(pictures, job.pictures, strict=True)):
            lines.append(say(locale, "card.line-reencoded"))
        if missing := job.draft.count - len(job.pictures):
            why = say(locale, f"missing.{job.problem or 'unexpected'}")
            lines.append(say(locale, "card.line-missing", count=missing, why=why))
        if request_rules.is_long(request_rules.composed(job.draft).prompt):
            lines.append(say(locale, "card.line-long"))
        return lines

    def _problem(self, locale: str, problem: str, facts: dict[str, Any]) -> str:
        detail = facts.get("reason") or facts.get("problem")
        for key in (f"error.{problem}-{detail}", f"error.{problem}", "error.unexpected"):
            if self._texts.has(key):
                return self._texts(locale, key, **facts)
        raise KeyError(problem)

    def _alt(self, job: Job) -> str:
        key = "card.alt-remix" if job.draft.kind == "remix" else "card.alt"
        return self._texts(job.requester.locale, key, prompt=job.draft.request.prompt)

    def _row(self, job: Job, *actions: Action, locale: str | None = None) -> ui.ActionRow[Any]:
        locale = locale or job.requester.locale
        buttons: list[ui.Item[Any]] = [
            JobButton(action, job.id, self._label(locale, job, action)) for action in actions
        ]
        return ui.ActionRow[Any](*buttons)

    def _label(self, locale: str, job: Job, action: Action) -> str:
        if job.problem == "prompt-blocked" and action == "edit":
            return self._texts(locale, "button.edit-prompt")
        if job.problem is not None and not job.pictures and action == "again":
            return self._texts(locale, "button.retry")
        return self._texts(locale, f"button.{action}", size=request_rules.other_size(job.draft.request.size))


def _remedies(job: Job, largest: Size) -> tuple[Action, ...]:
    """The buttons that can help: what was refused for good is edited, the rest is tried again."""
    match job.problem:
        case "prompt-blocked" | "blocked":
            return ("edit",)
        case "size-refused" if not request_rules.is_larger(
            request_rules.other_size(job.draft.request.size), largest
        ):
            return ("redo", "edit")
        case "size-refused":
            return ("edit",)
        case "reference-blocked" | "reference-unusable":
            return ("edit",)
        case "operator":
            return ("again",)
        case _:
            return ("again", "edit")


def _quote(job: Job) -> ui.TextDisplay[Any]:
    return ui.TextDisplay(f"> {escape(excerpt(job.draft.request.prompt, _PROMPT_SHOWN))}")


def card(*children: ui.Item[Any]) -> ui.LayoutView:
    """Put lines, pictures and buttons into one card."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*children, accent_colour=ACCENT))
    return view
