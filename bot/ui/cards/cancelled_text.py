"""Who cancelled a request, in words."""

from __future__ import annotations

from bot.domain.models import Job
from bot.domain.requests.cancellation import REASON_LIMIT, Cancellation
from bot.ui.i18n.texts import Texts, escape, shorten


def cancelled_text(texts: Texts, job: Job) -> str:
    """Return by whom a job was cancelled, and why if a reason was given, in the requester's language."""
    locale, cancellation = job.requester.locale, Cancellation.from_facts(job.facts)
    asker = f"<@{job.requester.user_id}>"
    match cancellation.by:
        case "asker" if _is_private(job):
            return texts(locale, "cancelled.you")
        case "asker":
            return texts(locale, "cancelled.asker", asker=asker)
        case "moderator":
            text = texts(locale, "cancelled.moderator")
        case "pause":
            text = texts(locale, "cancelled.pause", asker=asker)
        case "operator":
            text = texts(locale, "cancelled.operator")
        case "message":
            return texts(locale, "cancelled.message")
        case "erasure":
            return texts(locale, "cancelled.erasure")
    if not cancellation.reason:
        return text
    reason = texts(locale, "cancelled.reason", why=escape(shorten(cancellation.reason, REASON_LIMIT)))
    return f"{text}\n{reason}"


def _is_private(job: Job) -> bool:
    """Whether nobody but the requester reads the card."""
    return job.ephemeral or (job.requester.guild_id is None and not job.requester.guest)


def cancelled_line(texts: Texts, locale: str, job: Job, drawn: int) -> str:
    """Return how many of a cancelled job's pictures were drawn."""
    return texts(locale, "card.line-cancelled", drawn=drawn, count=job.draft.count)
