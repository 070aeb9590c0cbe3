"""The row of buttons on a job's card."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.domain import request_rules
from bot.domain.models import Job
from bot.domain.requests.asked import other_ratio
from bot.ui.cards.buttons.job_buttons import JobAction, JobButton
from bot.ui.i18n.texts import Texts


class JobRows:
    """Builds rows of job buttons, with labels in a language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def row(self, job: Job, *actions: JobAction, locale: str | None = None) -> ui.ActionRow[Any]:
        """Return a row of these actions, in the requester's language unless another is given."""
        buttons: list[ui.Item[Any]] = [self.button(job, action, locale=locale) for action in actions]
        return ui.ActionRow[Any](*buttons)

    def button(self, job: Job, action: JobAction, *, locale: str | None = None) -> Any:
        """Return the button of one action, in the language of ``row``."""
        label = self._label(locale or job.requester.locale, job, action)
        return JobButton(action, job.id, label, job.copy_id)

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
            ratio=other_ratio(job),
        )


def problem_actions(job: Job) -> tuple[JobAction, ...]:
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
