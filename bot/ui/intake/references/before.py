"""Finds what a result was made from, as far as somebody may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import discord

from bot.domain.errors import RuleBroken
from bot.domain.models import DraftReference, Job
from bot.services.queries import QueryService
from bot.sources.message_links import parse_message_link
from bot.ui.intake.references.media import Media
from bot.ui.intake.references.resolver import References

_MAX_STEPS = 10
"""Ancestors that are looked at; each costs a request to Discord."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierResult:
    """The result that a job was made from; ``picture`` is the number of the one that was used."""

    job: Job
    pictures: Sequence[Media]
    picture: int | None
    skipped: bool
    """Whether a later ancestor is gone or hidden."""
    spoiler: bool
    others: Sequence[GivenPicture] = ()
    """The pictures that were given beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPicture:
    """The reference of a job that is no result."""

    url: str
    spoiler: bool


class BeforeFinder:
    """Looks for the pictures before a result, and only where a member can see them."""

    def __init__(self, queries: QueryService, references: References) -> None:
        self._queries = queries
        self._references = references

    async def find(
        self, job: Job, person: discord.User | discord.Member
    ) -> EarlierResult | tuple[GivenPicture, ...]:
        """Return the nearest ancestor that is left, else the references; raise ``RuleBroken``."""
        references = job.draft.references
        if (ancestor := await self._ancestor(job, person)) is not None:
            # The first one is the ancestor's picture.
            return replace(ancestor, others=await self._given(references[1:], job, person))
        if given := await self._given(references, job, person):
            return given
        raise RuleBroken("before-gone")

    async def _ancestor(self, job: Job, person: discord.User | discord.Member) -> EarlierResult | None:
        parent = job.draft.parent
        for step in range(_MAX_STEPS):
            if parent is None or (ancestor := await self._queries.find(parent.job_id)) is None:
                return None
            visible = await self._references.pictures_visible_to(ancestor, person)
            if pictures := visible[: len(ancestor.pictures)]:
                known = parent.picture is not None and parent.picture <= len(pictures)
                return EarlierResult(
                    job=ancestor,
                    pictures=pictures,
                    picture=parent.picture if known else None,
                    skipped=step > 0,
                    spoiler=ancestor.draft.spoiler or self._is_more_restricted(ancestor, than=job),
                )
            parent = ancestor.draft.parent
        return None

    def _is_more_restricted(self, ancestor: Job, *, than: Job) -> bool:
        """Whether an ancestor is from an age-restricted channel, and shown outside one."""
        restricted = self._references.is_age_restricted
        return restricted(ancestor) and not restricted(than)

    async def _given(
        self, references: Sequence[DraftReference], job: Job, person: discord.User | discord.Member
    ) -> tuple[GivenPicture, ...]:
        """Return references of a job: for everyone who can read their messages, else for its requester."""
        found = [await self._given_one(each, job, person) for each in references]
        return tuple(each for each in found if each is not None)

    async def _given_one(
        self, reference: DraftReference, job: Job, person: discord.User | discord.Member
    ) -> GivenPicture | None:
        url, link = reference.url, parse_message_link(reference.source or "")
        if link is not None:
            pictures = await self._references.pictures_at(link, person)
            number = link.picture or 1
            shown = pictures[number - 1 : number]
            return GivenPicture(url=shown[0].url, spoiler=shown[0].spoiler) if shown else None
        if job.requester.user_id != person.id:
            return None
        valid = await self._references.valid_link(url)
        return None if valid is None else GivenPicture(url=valid, spoiler=job.draft.spoiler)
