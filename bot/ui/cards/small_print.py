"""The small print under a job's pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain import request_rules
from bot.domain.guild_settings import GuildSettings
from bot.domain.image_models.comparisons import failed_numbers
from bot.domain.image_models.fallbacks import FELL_BACK
from bot.domain.models import Job, Picture
from bot.domain.requests.asked import asked_model, asked_ratio, asked_size
from bot.domain.requests.redraws import INSTRUCTIONS
from bot.ui.cards.cancelled_text import cancelled_line
from bot.ui.cards.model_names import ModelNames
from bot.ui.i18n.texts import Texts, escape


class SmallPrint:
    """Tells how pictures were drawn, and what differs from the request."""

    def __init__(self, texts: Texts, names: ModelNames) -> None:
        self._texts = texts
        self._names = names

    def lines(
        self,
        locale: str,
        job: Job,
        pictures: Sequence[Picture],
        settings: GuildSettings,
        *,
        hide_style: bool,
    ) -> list[str]:
        """Return the lines under ``pictures``, the job's as they were sent, in a server with ``settings``."""
        say, request, first = self._texts, job.draft.request, job.pictures[0]
        seconds = (job.drawn_at or 0) - (job.started_at or 0)
        facts: dict[str, Any] = {
            "ratio": request.ratio,
            "width": first.width,
            "height": first.height,
            "seconds": max(1, round(seconds)),
            "asker": f"<@{job.requester.user_id}>",
        }
        if job.draft.compared:
            lines = [say(locale, "card.line-compared", seconds=facts["seconds"], asker=facts["asker"])]
            if job.draft.style is not None and not hide_style:
                lines[0] += f" · {escape(job.draft.style.name)}"
        elif (style := job.draft.style) is not None and not hide_style:
            lines = [say(locale, "card.line-styled", style=escape(style.name), **facts)]
        else:
            lines = [say(locale, "card.line", **facts)]
        model = self._names.unusual(locale, request.model, settings.model)
        if model is not None and not job.draft.compared:
            lines[0] += f" · {escape(model)}"
        if job.draft.kind in INSTRUCTIONS:
            lines.append(self._redrawn(locale, job))
        elif job.edits:
            lines.append(edit_line(say, locale, job))
        lines += self._instead(locale, job)
        if any(sent.path != drawn.path for sent, drawn in zip(pictures, job.pictures, strict=True)):
            lines.append(say(locale, "card.line-reencoded"))
        if job.state == "cancelled" and len(job.pictures) < job.draft.count:
            lines.append(cancelled_line(say, locale, job, len(job.pictures)))
        else:
            lines += self.missing(locale, job)
        if request_rules.is_long(request_rules.relay_request(job.draft).prompt):
            lines.append(say(locale, "card.line-long"))
        return lines

    def missing(self, locale: str, job: Job) -> list[str]:
        """Say which pictures are missing and why: of a comparison each one's model."""
        say = self._texts
        if job.draft.compared:
            return [
                say(
                    locale,
                    "card.line-missing-model",
                    model=escape(self._names.label(locale, job.draft.compared[number - 1].model)),
                    why=say(locale, f"missing.{problem}"),
                )
                for number, problem in failed_numbers(job).items()
            ]
        missing = job.draft.count - len(job.pictures)
        why = say(locale, f"missing.{job.problem or 'unexpected'}")
        return [say(locale, "card.line-missing", count=missing, why=why)] if missing else []

    def _instead(self, locale: str, job: Job) -> list[str]:
        """Say what was asked for, where another model, ratio or size was drawn."""
        say, request, lines = self._texts, job.draft.request, list[str]()
        ratio, size, model = asked_ratio(job), asked_size(job), asked_model(job)
        if model is not None:
            drawn, asked = (escape(self._names.label(locale, each)) for each in (request.model, model))
            if FELL_BACK in job.facts:
                lines.append(say(locale, "card.line-fallback", model=drawn, asked=asked))
            else:
                lines.append(say(locale, "card.line-model", model=drawn, asked=asked))
        if ratio is not None:
            lines.append(say(locale, "card.line-ratio", asked=ratio, ratio=request.ratio))
        elif size is not None:
            lines.append(say(locale, "card.line-larger", asked=size, ratio=request.ratio, size=request.size))
        return lines

    def _redrawn(self, locale: str, job: Job) -> str:
        """Say which picture a redraw started from, linked where its message is known."""
        references = job.draft.references
        link = (references[0].source if references else None) or ""
        linked = link.startswith("https://")
        if job.draft.kind == "upscale":
            key = "card.line-upscale-linked" if linked else "card.line-upscale"
        else:
            key = "card.line-vary-linked" if linked else "card.line-vary"
        return self._texts(locale, key, link=link)


def edit_line(texts: Texts, locale: str, job: Job) -> str:
    """Say how many edits ago the first picture was drawn, linked where its message is known."""
    key = "card.line-edit-linked" if job.first_link else "card.line-edit"
    return texts(locale, key, number=job.edits, link=job.first_link or "")
