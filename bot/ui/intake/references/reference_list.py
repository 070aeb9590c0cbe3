"""The references of one request, in the order in which its prompt may number them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.domain.errors import about_reference
from bot.domain.models import Draft, DraftReference
from bot.domain.requests.redraws import INSTRUCTIONS
from bot.ui.intake.references.resolved_reference import ResolvedReference

FindReference = Callable[[], Awaitable[ResolvedReference]]
"""Resolves one reference; raises ``BotError``."""


async def resolve_all(finds: Sequence[FindReference]) -> list[ResolvedReference]:
    """Resolve references one after another; the error of one of several tells its number."""
    found: list[ResolvedReference] = []
    for number, find in enumerate(finds, 1):
        with about_reference(number, of=len(finds)):
            found.append(await find())
    return found


def remix(
    draft: Draft, references: Sequence[ResolvedReference], *, follow_ratio: bool, channel_id: int | None
) -> Draft:
    """Return a draft as a remix of references, requested in a channel.

    ``follow_ratio`` uses the ratio of the first one where known. A draft that already has a parent keeps it.
    A redraw looks like its reference, which therefore is shown only if that was chosen.
    """
    if draft.kind in INSTRUCTIONS:
        channel_id = None
    request, first = draft.request, references[0]
    if follow_ratio and first.ratio is not None:
        request = replace(request, ratio=first.ratio)
        draft = replace(draft, defaulted=draft.defaulted - {"ratio"})
    return replace(
        draft,
        kind="remix" if draft.kind == "imagine" else draft.kind,
        request=request,
        references=tuple(
            DraftReference(
                url=each.url,
                source=each.source,
                shown=each.is_shown(channel_id, chosen=draft.show_references),
            )
            for each in references
        ),
        spoiler=draft.spoiler or any(each.spoiler for each in references),
        parent=draft.parent or next((each.parent for each in references if each.parent), None),
    )
