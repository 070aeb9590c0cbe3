"""Conversion between domain values and rows of the jobs table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row

from bot.domain.models import (
    ComparedModel,
    Draft,
    DraftReference,
    ImageRequest,
    Job,
    Parent,
    Picture,
    ReplyTo,
    Requester,
    Style,
)
from bot.store.queue.services.reservations import Reservation
from bot.store.queue.shown_pictures import from_json


def to_columns(draft: Draft, requester: Requester, reply_to: ReplyTo) -> dict[str, object]:
    """Return the columns that a request determines."""
    request = draft.request
    return {
        "interaction_id": reply_to.interaction_id,
        "kind": draft.kind,
        "user_id": requester.user_id,
        "guild_id": requester.guild_id,
        "channel_id": requester.channel_id,
        "locale": requester.locale,
        "guild_locale": requester.guild_locale,
        "own_locale": requester.own_locale,
        "upload_limit": requester.upload_limit,
        "application_id": reply_to.application_id,
        "message_id": reply_to.message_id,
        "ephemeral": reply_to.ephemeral,
        "token": reply_to.token,
        "token_expires_at": reply_to.expires_at,
        "own_card": reply_to.token is None,
        "guest": requester.guest,
        # PostgreSQL refuses NUL characters in text.
        "prompt": request.prompt.replace("\x00", ""),
        "ratio": request.ratio,
        "size": request.size,
        "model": request.model,
        **_reference_columns(draft.references),
        "spoiler": draft.spoiler,
        "amount": draft.count,
        "compared": [asdict(one) for one in draft.compared],
        "style": draft.style.name if draft.style else None,
        "style_text": draft.style.text if draft.style else None,
        "parent_id": draft.parent.job_id if draft.parent else None,
        "parent_picture": draft.parent.picture if draft.parent else None,
    }


def to_job(row: Row[Any] | SimpleNamespace, spool: Path) -> Job:
    """Return the job of a full row; its pictures are in the folder ``spool``."""
    return Job(
        id=row.id,
        draft=_draft(row),
        requester=Requester(
            user_id=row.user_id,
            channel_id=row.channel_id,
            guild_id=row.guild_id,
            locale=row.locale,
            guild_locale=row.guild_locale,
            upload_limit=row.upload_limit,
            guest=row.guest,
            own_locale=row.own_locale,
        ),
        reply_to=_reply_to(row),
        message_id=row.message_id,
        state=row.state,
        created_at=row.created_at,
        attempts=row.attempts,
        deadline=row.deadline,
        started_at=row.started_at,
        drawn_at=row.drawn_at,
        pictures=tuple(
            Picture(path=spool / p["file"], format=p["format"], width=p["width"], height=p["height"])
            for p in row.pictures
        ),
        shown=from_json(row.shown),
        kept=tuple(row.kept),
        problem=row.problem,
        facts=row.facts,
        relaxed=row.relaxed,
        starred=row.starred,
        direct=row.direct,
        ephemeral=row.ephemeral,
        card_until=row.card_until,
        late_edit_at=row.late_edit_at,
        answered=row.finished_at is not None and row.state != "cancelled",
        recovered=row.lost > 0,
        abreast=row.abreast,
        unsettled_cost=row.counted_cost - row.cost,
        slots=Reservation.from_json(row.reserved).slots if row.reserved else (),
        edits=row.edits,
        first_link=row.first_link,
    )


def compared_in(row: Row[*tuple[Any, ...]] | SimpleNamespace) -> tuple[ComparedModel, ...]:
    """Return the models of the comparison that a row holds; none for other requests."""
    return tuple(
        ComparedModel(model=one["model"], ratio=one["ratio"], size=one["size"], weight=one["weight"])
        for one in row.compared
    )


def to_files(pictures: Sequence[Picture], spool: Path) -> list[dict[str, object]]:
    """Return pictures as JSON, with paths relative to the folder ``spool``."""
    return [
        {"file": str(p.path.relative_to(spool)), "format": p.format, "width": p.width, "height": p.height}
        for p in pictures
    ]


def _draft(row: Row[Any] | SimpleNamespace) -> Draft:
    request = ImageRequest(prompt=row.prompt, ratio=row.ratio, size=row.size, model=row.model)
    return Draft(
        kind=row.kind,
        request=request,
        count=row.amount,
        references=_references(row),
        compared=compared_in(row),
        spoiler=row.spoiler,
        style=None if row.style is None else Style(name=row.style, text=row.style_text),
        parent=None if row.parent_id is None else Parent(job_id=row.parent_id, picture=row.parent_picture),
    )


def _reference_columns(references: Sequence[DraftReference]) -> dict[str, object]:
    """Return the columns of the references; the first one's are older than requests with several."""
    first = references[0] if references else None
    return {
        "reference": first.url if first else None,
        "source": first.source if first else None,
        "show_reference": first is not None and first.shown,
        "more_references": [
            {"url": each.url, "source": each.source, "shown": each.shown} for each in references[1:]
        ],
    }


def _references(row: Row[Any] | SimpleNamespace) -> tuple[DraftReference, ...]:
    if row.reference is None:
        return ()
    first = DraftReference(url=row.reference, source=row.source, shown=row.show_reference)
    more = (
        DraftReference(url=each["url"], source=each["source"], shown=each["shown"])
        for each in row.more_references
    )
    return (first, *more)


def _reply_to(row: Row[Any] | SimpleNamespace) -> ReplyTo | None:
    if row.token is None and not row.own_card:
        return None
    return ReplyTo(
        interaction_id=row.interaction_id,
        application_id=row.application_id,
        token=row.token,
        message_id=row.message_id,
        ephemeral=row.ephemeral,
        expires_at=row.token_expires_at,
    )
