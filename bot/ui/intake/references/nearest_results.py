"""The earlier results whose prompts are nearest to a text that is no link."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from discord import ui

from bot.domain.errors import ReferenceUnusable, RuleBroken
from bot.domain.models import Job
from bot.domain.similarity import most_similar
from bot.services.member_limits import MemberLimits
from bot.services.queries import QueryService
from bot.ui.cards.layout import card
from bot.ui.cards.picture_gallery import picture_thumbnail, result_text
from bot.ui.components import Interaction
from bot.ui.i18n.texts import Texts
from bot.ui.intake.choices import MakeButton
from bot.ui.intake.references.media import Media
from bot.ui.intake.references.resolved_reference import ResolvedReference
from bot.ui.intake.references.resolver import References
from bot.ui.intake.requesters import link_to

_MAX_CANDIDATES = 100
"""Newest results whose prompts are compared."""
_MAX_CHECKED, _MAX_SHOWN = 8, 4
"""Results whose messages are fetched, and those that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearResult:
    """An earlier result that the member can see; ``resolve`` resolves it as a reference."""

    job: Job
    link: str
    picture: Media
    resolve: Callable[[], Awaitable[ResolvedReference]]


class NoSuchResult(RuleBroken):
    """Report that a text is neither a link nor a result; ``results`` are the nearest ones."""

    def __init__(self, results: Sequence[NearResult]) -> None:
        super().__init__("no-such-result")
        self.results = tuple(results)


class NearestResults:
    """Resolves what members give as a link, and finds results where it is something else."""

    def __init__(self, references: References, queries: QueryService, limits: MemberLimits) -> None:
        self._references = references
        self._queries = queries
        self._limits = limits

    async def resolve(self, interaction: Interaction, text: str) -> ResolvedReference:
        """Resolve a link; raise ``NoSuchResult`` for words."""
        try:
            return await self._references.from_text(text, interaction.user)
        except ReferenceUnusable as error:
            if error.problem != "no-link" or _is_incomplete_link(text):
                raise
            raise NoSuchResult(await self._find(interaction, text)) from error

    async def _find(self, interaction: Interaction, text: str) -> list[NearResult]:
        user_id, channel_id = interaction.user.id, interaction.channel_id or 0
        async with self._limits.searches.permit(user_id):
            newest = await self._queries.suggestions(user_id, channel_id, search="", most=_MAX_CANDIDATES)
        prompts = [job.draft.request.prompt for job in newest]
        order = await asyncio.to_thread(most_similar, text, prompts)
        nearest = [newest[at] for at in order[:_MAX_CHECKED]]
        async with self._limits.pages.permit(user_id):
            shown = await asyncio.gather(
                *(self._references.pictures_visible_to(job, interaction.user) for job in nearest)
            )
        seen = [(job, pictures[0]) for job, pictures in zip(nearest, shown, strict=True) if pictures]
        return [self._result(interaction, job, picture) for job, picture in seen[:_MAX_SHOWN]]

    def _result(self, interaction: Interaction, job: Job, picture: Media) -> NearResult:
        link = link_to(job)

        async def resolve() -> ResolvedReference:
            return await self._references.from_text(link, interaction.user)

        spoiler = picture.spoiler or job.draft.spoiler or self._references.is_age_restricted(job)
        return NearResult(job=job, link=link, picture=replace(picture, spoiler=spoiler), resolve=resolve)


def _is_incomplete_link(text: str) -> bool:
    """Whether a text is more likely a link without its beginning than the words of a prompt."""
    return "/" in text and len(text.split()) == 1


def nearest_results(
    texts: Texts, locale: str, results: Sequence[NearResult], button: MakeButton
) -> ui.LayoutView:
    """Say that a text is no link, and offer the nearest results."""
    if not results:
        return card(ui.TextDisplay(texts(locale, "rule.no-such-result")))
    items: list[ui.Item[Any]] = [ui.TextDisplay(texts(locale, "nearest.title"))]
    for number, result in enumerate(results, 1):
        job, picture = result.job, result.picture
        thumbnail = picture_thumbnail(texts, locale, job, picture, 1, spoiler=picture.spoiler)
        items += [
            ui.Section(result_text(texts, locale, job, result.link), accessory=thumbnail),
            ui.ActionRow[Any](button(number, texts(locale, "button.remix"))),
        ]
    return card(*items)
