"""The state of a job that isn't done, in words."""

from __future__ import annotations

import math
from collections.abc import Callable

from bot.domain.controls.acts import REASON_LIMIT
from bot.domain.models import Generating, Job, Progress, QueuePosition, RetryScheduled, Waiting
from bot.ui.i18n.texts import Texts, escape, shorten

ANY_MOMENT = 5.0
"""Seconds until a start within which the card shows no time."""


class ProgressText:
    """Describes progress in the requester's language; no time it shows is in the past."""

    def __init__(self, texts: Texts, clock: Callable[[], float]) -> None:
        self._texts = texts
        self._clock = clock

    def of(self, job: Job, progress: Progress, drawn: int = 0) -> str:
        """Return what a job's card says about its progress; ``drawn`` pictures are on the card already."""
        say, locale = self._texts, job.requester.locale
        match progress:
            case Waiting(position=position) if position.paused:
                return paused_text(say, locale, position)
            case Waiting(position=position) if job.relaxed:
                return say(locale, "card.waiting-relaxed", count=position.ahead)
            case Waiting(position=position):
                return self._position(locale, position)
            case Generating(ready_at=ready_at):
                seconds = math.ceil(ready_at - self._clock())
                facts = {"seconds": seconds, "ready": math.ceil(ready_at)}
                if drawn:
                    key = "card.drawing-part" if seconds > 0 else "card.drawing-part-longer"
                    return say(locale, key, number=drawn + 1, count=job.draft.count, **facts)
                return say(locale, "card.drawing" if seconds > 0 else "card.drawing-longer", **facts)
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


def paused_text(texts: Texts, locale: str, position: QueuePosition) -> str:
    """Return that the operator paused everything, and what the operator says about it."""
    if not position.notice:
        return texts(locale, "card.paused")
    # On one line, as all of it is quoted.
    notice = shorten(" ".join(position.notice.split()), REASON_LIMIT)
    return texts(locale, "card.paused-notice", notice=escape(notice))
