"""Delivers answers: into the card, with the pictures that it shows already, else by the next open route."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass, replace

import discord
from discord import ui

from bot.domain.errors import BadReply
from bot.domain.guild_settings import GuildSettings
from bot.domain.models import DeliveredMessage, Job, Picture, ShownPicture
from bot.domain.ports import Fit, PicturesGone
from bot.ui.cards.job_cards import Cards
from bot.ui.cards.layout import without_reference
from bot.ui.delivery.card_pictures import CardFile, CardPictures, card_files, numbered, open_files
from bot.ui.delivery.reference_copies import ReferenceCopy, kept_copy, with_copies
from bot.ui.delivery.routes import (
    AUTOMOD,
    Content,
    DeliveryRoutes,
    ExtendLease,
    RouteClosed,
    is_closed_or_moderated,
    is_route_closed,
    is_too_large,
)
from bot.ui.delivery.server_settings import ServerSettings
from bot.ui.outgoing import Files

log = logging.getLogger(__name__)

_MAX_SHRINKS = 3
"""How often pictures are shrunk again because Discord accepts less than it announced."""
_INVALID_FORM = 50035
"""Discord's error for a part of a message that it doesn't accept."""
_ALWAYS_ACCEPTED = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What is delivered of a job; its card keeps ``copies`` and the unsent pictures of ``shown``."""

    job: Job
    shown: tuple[ShownPicture, ...] = ()
    copies: tuple[ReferenceCopy, ...] = ()
    settings: GuildSettings
    extend_lease: ExtendLease

    @property
    def keeps(self) -> bool:
        """Whether it can only go into the card, which keeps something."""
        return bool(self.shown or self.copies)

    @property
    def attachment_ids(self) -> frozenset[int]:
        """The ids of the files that the card keeps."""
        return frozenset(each.attachment_id for each in (*self.shown, *self.copies))


class AnswerDelivery:
    """Sends outcomes, at most ``upload_cap`` bytes a message."""

    def __init__(
        self,
        routes: DeliveryRoutes,
        pictures: CardPictures,
        cards: Cards,
        settings: ServerSettings,
        fit: Fit,
        *,
        upload_cap: int,
    ) -> None:
        self._routes = routes
        self._pictures = pictures
        self._cards = cards
        self._settings = settings
        self._fit = fit
        self._upload_cap = upload_cap

    async def deliver(self, job: Job, extend_lease: ExtendLease) -> DeliveredMessage | None:
        """Deliver the outcome; None when the requester can't be reached anywhere.

        Raises ``BadReply`` when Discord accepts the pictures in no size, and ``PicturesGone``.
        """
        settings = await self._settings.of(job.requester.guild_id)
        answer = _Answer(job=job, settings=settings, extend_lease=extend_lease)
        if (delivered := await self._deliver_into_card(answer)) is not None:
            return delivered
        if (delivered := await self._deliver(answer)) is None:
            log.warning(
                "job %s: its requester can't be reached anywhere; the originals are stored for /history",
                job.id,
            )
        return delivered

    def limit(self, job: Job) -> int:
        """Return how many bytes each of a job's pictures may have."""
        return min(job.requester.upload_limit, self._upload_cap // max(1, job.draft.count))

    async def fitted(self, pictures: Sequence[Picture], limit: int) -> dict[Picture, Picture]:
        """Return each picture as it can be sent, at most ``limit`` bytes."""
        return {
            picture: await self._fit(picture, limit, picture.path.parent / "fitted") for picture in pictures
        }

    async def _deliver_into_card(self, answer: _Answer) -> DeliveredMessage | None:
        """Deliver into a card that keeps what it shows; None if that is nothing or can't be kept.

        Raises ``PicturesGone``.
        """
        job, tried = answer.job, None
        # Read again in case the files have other ids by now.
        for look in (self._pictures.shown, self._pictures.read):
            kept = await self._keep(answer, look)
            if not kept.keeps or kept.attachment_ids == tried:
                break
            if (delivered := await self._deliver(kept)) is not None:
                return delivered
            tried = kept.attachment_ids
        if tried is None:
            return None
        log.info("job %s: its card can't keep the pictures it shows; sending all of them", job.id)
        if not await asyncio.to_thread(_all_there, job):
            await self._pictures.forget(job)
            raise PicturesGone
        return None

    async def _keep(
        self, answer: _Answer, look: Callable[[Job], Awaitable[tuple[ShownPicture, ...]]]
    ) -> _Answer:
        """Return an answer that keeps what the job's card shows."""
        job = answer.job
        if job.answered and await asyncio.to_thread(_all_there, job):
            # A late edit may have removed what the card showed.
            return answer
        pictures = await look(job)
        return replace(answer, shown=pictures if job.pictures else (), copies=self._pictures.copies(job))

    async def _deliver(self, answer: _Answer) -> DeliveredMessage | None:
        """Deliver the outcome, with smaller pictures if Discord accepts less than announced."""
        job, limit = answer.job, self.limit(answer.job)
        on_card = {each.number for each in answer.shown}
        new = [each for number, each in numbered(job.pictures).items() if number not in on_card]
        for _ in range(_MAX_SHRINKS + 1):
            sent = await self.fitted(new, limit)
            try:
                return await self._send(answer, card_files(job, job.pictures, sent, answer.shown))
            except discord.HTTPException as error:
                if not is_too_large(error) or not new:
                    raise
                log.warning(
                    "job %s: Discord accepts less than announced (%d bytes); shrinking", job.id, limit
                )
            # Half of what was sent, which can be far below the limit.
            limit = min(max(picture.path.stat().st_size for picture in sent.values()) // 2, _ALWAYS_ACCEPTED)
        raise BadReply("Discord accepts the pictures in no size")

    async def _send(self, answer: _Answer, files: Sequence[CardFile]) -> DeliveredMessage | None:
        content = self._content(answer, files, hide_prompt=False)

        def is_closed(error: discord.HTTPException) -> bool:
            return is_route_closed(error) and not refuses_reference(error, answer.job)

        try:
            return await self._send_by_first_open_route(answer, content, is_closed)
        except discord.HTTPException as error:
            if refuses_reference(error, answer.job):
                log.info("job %s: Discord refused its card; sending it without the reference", answer.job.id)
                without = replace(answer, job=without_reference(answer.job))
                return await self._send(without, files)
            if error.code not in AUTOMOD:
                raise
        log.info("job %s: AutoMod refused the message; sending it without the prompt", answer.job.id)
        content = self._content(answer, files, hide_prompt=True)
        return await self._send_by_first_open_route(answer, content, is_closed_or_moderated)

    async def _send_by_first_open_route(
        self, answer: _Answer, content: Content, is_closed: Callable[[discord.HTTPException], bool]
    ) -> DeliveredMessage | None:
        """Try each route to the requester in turn, going on to the next one where ``is_closed``."""
        job = answer.job
        for route in self._routes.routes_for(job, card_only=answer.keeps):
            try:
                return await self._routes.send_by(route, job, content, answer.extend_lease)
            except RouteClosed as error:
                log.info("job %s: %s", job.id, error)
            except discord.HTTPException as error:
                if not is_closed(error):
                    raise
                log.info("job %s: route closed (%d, %d)", job.id, error.status, error.code)
        return None

    def _content(self, answer: _Answer, files: Sequence[CardFile], *, hide_prompt: bool) -> Content:
        job = with_copies(answer.job, answer.copies)
        beside: Files = [kept_copy(copy) for copy in answer.copies]

        @contextlib.contextmanager
        def build() -> Generator[tuple[ui.LayoutView, Files]]:
            if not files:
                yield self._cards.problem(job, answer.settings, hide_prompt=hide_prompt), beside
                return
            sent, names = [each.sent for each in files], [each.name for each in files]
            with contextlib.ExitStack() as opened:
                yield (
                    self._cards.result(job, sent, names, answer.settings, hide_prompt=hide_prompt),
                    [*beside, *open_files(files, opened)],
                )

        return build


def refuses_reference(error: discord.HTTPException, job: Job) -> bool:
    """Whether Discord may have refused a card because of the reference that it shows."""
    return job.draft.shows_references and error.code == _INVALID_FORM


def _all_there(job: Job) -> bool:
    return all(picture.path.exists() for picture in job.pictures)
