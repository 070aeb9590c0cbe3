"""The card of a job, from waiting to its pictures; every edit builds a new view."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from discord import ui

from bot.domain import request_rules
from bot.domain.errors import BotError
from bot.domain.guild_settings import GuildSettings
from bot.domain.image_models.alternatives import alternatives
from bot.domain.image_models.catalogue import Catalogue
from bot.domain.models import Job, Picture, Progress, Style
from bot.domain.requests.asked import asked_size, other_ratio
from bot.domain.requests.cancellation import Cancellation
from bot.domain.requests.edits import has_before
from bot.domain.requests.redraws import can_upscale, is_redraw
from bot.ui.cards.buttons.job_buttons import STORAGE_WAIT_ID, JobAction
from bot.ui.cards.buttons.job_rows import JobRows, problem_actions
from bot.ui.cards.buttons.picture_buttons import number_buttons
from bot.ui.cards.buttons.try_with import TryWith
from bot.ui.cards.cancelled_text import cancelled_line, cancelled_text
from bot.ui.cards.error_texts import ErrorTexts
from bot.ui.cards.galleries import Galleries
from bot.ui.cards.layout import TEXT_LIMIT, card, prompt_and_references, quoted_prompt
from bot.ui.cards.model_names import ModelNames
from bot.ui.cards.progress_text import ProgressText
from bot.ui.cards.small_print import SmallPrint
from bot.ui.i18n.texts import Texts, escape, shorten

_DEFAULTS = GuildSettings()


class Cards:
    """Builds the cards of jobs, and short notes, in the reader's language."""

    def __init__(self, texts: Texts, clock: Callable[[], float], models: Catalogue) -> None:
        self._texts = texts
        self._models = models
        self._names = ModelNames(texts, models)
        self._errors = ErrorTexts(texts)
        self._progress = ProgressText(texts, clock)
        self._rows = JobRows(texts)
        self._try_with = TryWith(texts)
        self._galleries = Galleries(texts, self._names)
        self._small = SmallPrint(texts, self._names)

    def progress(
        self,
        job: Job,
        progress: Progress,
        names: Sequence[str] = (),
        settings: GuildSettings | None = None,
    ) -> ui.LayoutView:
        """Show a job's progress and its pictures so far, attached under ``names``, with Cancel.

        While its service fails, the other models that the server's ``settings`` allow are offered.
        """
        others = alternatives(job, self._models, settings, progress) if settings is not None else ()
        return card(
            *self._gallery_so_far(job, names),
            ui.TextDisplay(self._progress.of(job, progress, len(names))),
            *prompt_and_references(self._texts, job),
            self._rows.row(job, "cancel"),
            *self._try_with.rows(job, others),
        )

    def cancelled(
        self, job: Job, names: Sequence[str] = (), settings: GuildSettings = _DEFAULTS
    ) -> ui.LayoutView:
        """Show by whom the job was cancelled, and why if a moderator said so.

        The pictures that it had on its card stay there under ``names``; ``settings`` is that of ``result``.
        """
        items = [*self._gallery_so_far(job, names), ui.TextDisplay[Any](cancelled_text(self._texts, job))]
        items += prompt_and_references(self._texts, job)
        if names:
            drawn = cancelled_line(self._texts, job.requester.locale, job, len(names))
            items.append(ui.TextDisplay(f"-# {drawn}"))
        # After the deletion of its data nothing is left that could be drawn again.
        if Cancellation.from_facts(job.facts).by == "erasure":
            return card(*items)
        actions: list[JobAction] = self._result_actions(job, settings) if names else ["again", "edit"]
        return card(*items, *self._numbers(job, len(names)), self._rows.row(job, *actions))

    def result(
        self,
        job: Job,
        pictures: Sequence[Picture],
        names: Sequence[str],
        settings: GuildSettings = _DEFAULTS,
        *,
        hide_prompt: bool = False,
    ) -> ui.LayoutView:
        """Show the pictures, attached under ``names``; ``hide_prompt`` leaves the prompt and the style out.

        Offers what the server's ``settings`` allow.
        """
        locale = job.requester.locale
        lines = [] if hide_prompt else prompt_and_references(self._texts, job)
        small = self._small.lines(locale, job, pictures, settings, hide_style=hide_prompt)
        return card(
            *self._galleries.of(job, names, hide_prompt=hide_prompt),
            *lines,
            self._beside_before(job, "\n".join(f"-# {line}" for line in small)),
            *self._numbers(job, len(names)),
            self._rows.row(job, *self._result_actions(job, settings)),
            *self._others(job, settings),
        )

    def problem(
        self, job: Job, settings: GuildSettings = _DEFAULTS, *, hide_prompt: bool = False
    ) -> ui.LayoutView:
        """Explain why there is no picture, with what can help and the server's ``settings`` allow."""
        locale = job.requester.locale
        request = job.draft.request
        facts: dict[str, Any] = {
            "ratio": request.ratio,
            "size": asked_size(job) or request.size,
            "other": other_ratio(job),
        }
        if (job.problem or "").startswith("reference-"):
            facts["references"] = len(job.draft.references)
        if job.problem == "reference-blocked" and is_redraw(job):
            # It is the result's own picture: another one can't be chosen.
            facts["reason"] = "redraw"
        text = self._errors.problem(locale, job.problem or "", {**job.facts, **facts})
        small = ui.TextDisplay[Any](
            f"-# {self._texts(locale, 'card.error-id', id=job.id)} · <@{job.requester.user_id}>"
        )
        lines = [] if hide_prompt else prompt_and_references(self._texts, job)
        return card(
            ui.TextDisplay(text),
            *lines,
            *self._failures(job),
            small,
            self._rows.row(job, *problem_actions(job)),
            *self._others(job, settings),
        )

    def error(self, locale: str, error: BotError, incident: int | None = None) -> ui.LayoutView:
        """Explain why a request was not accepted."""
        text = self._errors.of(locale, error)
        lines = [] if incident is None else [f"-# {self._texts(locale, 'card.error-id', id=incident)}"]
        return card(ui.TextDisplay("\n".join([text, *lines])))

    def storage_wait(self, locale: str, until: float) -> ui.LayoutView:
        """Tell that a request waits for the database, at most until then."""
        text = self._texts(locale, "card.storage-wait", until=math.ceil(until))
        return card(ui.TextDisplay(text, id=STORAGE_WAIT_ID))

    def hint(self, locale: str) -> ui.LayoutView:
        """Explain how to remix by a reply."""
        return card(ui.TextDisplay(self._texts(locale, "card.reply-hint")))

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
            model=self._names.labels(locale, job.draft),
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
        row = [self._rows.row(job, *actions, locale=locale)] if actions else []
        return card(*(ui.TextDisplay[Any](text) for text in lines), *row)

    def deletion_question(self, locale: str, job: Job) -> ui.LayoutView:
        """Ask whether a result shall be deleted for everyone."""
        question = self._texts(locale, "deletion.question", count=len(job.pictures))
        return card(ui.TextDisplay(question), self._rows.row(job, "confirm", "keep", locale=locale))

    def saved(self, locale: str, job: Job, names: Sequence[str], link: str) -> ui.LayoutView:
        """Show saved pictures, attached under ``names``, with a link to their message."""
        request = job.draft.request
        line = self._texts(locale, "more.saved-from", ratio=request.ratio, size=request.size, link=link)
        return card(
            *self._galleries.of(job, names),
            ui.TextDisplay[Any](quoted_prompt(job)),
            ui.TextDisplay(f"-# {line}"),
        )

    def completion_notice(self, locale: str, job: Job, link: str) -> ui.LayoutView:
        """Tell that a request is done, with a link to its answer."""
        key = "reminder.done" if job.pictures else "reminder.failed"
        return card(
            ui.TextDisplay(self._texts(locale, key, link=link)), ui.TextDisplay[Any](quoted_prompt(job))
        )

    def note(self, locale: str, key: str, **facts: Any) -> ui.LayoutView:
        """Show a single message."""
        return card(ui.TextDisplay(self._texts(locale, key, **facts)))

    def original_links(self, locale: str, links: Sequence[str]) -> list[ui.LayoutView]:
        """List temporary links to originals, on several cards if one is too short."""
        texts = [self._texts(locale, "more.original-links")]
        for number, link in enumerate(links, 1):
            line = f"[{number}]({link})"
            if len(texts[-1]) + 1 + len(line) <= TEXT_LIMIT:
                texts[-1] = f"{texts[-1]}\n{line}"
            else:
                texts.append(line)
        return [card(ui.TextDisplay(text)) for text in texts]

    def _beside_before(self, job: Job, text: str) -> ui.Item[Any]:
        """Return a text beside the button Before, if the job was made from a picture."""
        if not has_before(job):
            return ui.TextDisplay(text)
        return ui.Section(ui.TextDisplay[Any](text), accessory=self._rows.button(job, "before"))

    def _gallery_so_far(self, job: Job, names: Sequence[str]) -> list[ui.Item[Any]]:
        return self._galleries.of(job, names, count=job.draft.count) if names else []

    def _style(self, locale: str, style: Style) -> str:
        name = self._texts(locale, "more.style", style=escape(style.name))
        return f"{name}\n-# {escape(shorten(style.text, request_rules.STYLE_TEXT_LIMIT))}"

    def _numbers(self, job: Job, count: int) -> list[ui.ActionRow[Any]]:
        """Return a row with the number of each picture, which opens it; none for a single picture."""
        return [ui.ActionRow[Any](*number_buttons(job, "open", count))] if count > 1 else []

    def _failures(self, job: Job) -> list[ui.Item[Any]]:
        """Return what each model of a comparison without any picture failed for; nothing of other jobs."""
        failed = self._small.missing(job.requester.locale, job) if job.draft.compared else []
        return [ui.TextDisplay("\n".join(f"-# {line}" for line in failed))] if failed else []

    def _others(self, job: Job, settings: GuildSettings) -> list[ui.ActionRow[Any]]:
        """Return the row that offers the request with other models; none where there are none."""
        return self._try_with.rows(job, alternatives(job, self._models, settings))

    def _result_actions(self, job: Job, settings: GuildSettings) -> list[JobAction]:
        """Return the buttons under a job's pictures."""
        offered = can_upscale(job, settings.largest, self._models)
        larger: list[JobAction] = ["upscale"] if offered else []
        return ["again", "edit", "remix", *larger, "more"]
