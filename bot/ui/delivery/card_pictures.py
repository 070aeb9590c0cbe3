"""Which pictures a job's card shows while others are still drawn.

Messages that show pictures in components come with no attachments: a picture is named by the attachment id of
its media. What an edit without an answer has done is read from the message before anything is sent again.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import discord
from cachetools import TTLCache

from bot.domain.models import Job, Picture, PictureFormat, ShownPicture
from bot.domain.requests.picture_numbers import number_in
from bot.store.errors import log_failure
from bot.ui.delivery.reference_copies import ReferenceCopy, copies_on
from bot.ui.delivery.routes import DeliveryRoutes
from bot.ui.discord_errors import CONNECTION_ERRORS
from bot.ui.intake.references.media import pictures_in
from bot.ui.outgoing import Files, KeptFile

log = logging.getLogger(__name__)

_REMEMBERED, _TTL = 10_000, 3600.0
RecordShown = Callable[[Job, Sequence[ShownPicture]], Awaitable[None]]
"""Records which pictures a job's card shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFile:
    """A picture of a card: ``sent`` is ``drawn`` itself, or re-encoded to fit the upload limit.

    With ``attachment_id`` it is on the card already, and its files may be gone.
    """

    number: int
    name: str
    drawn: Picture
    sent: Picture
    attachment_id: int | None = None


class CardPictures:
    """Remembers what the cards edited by this process show; ``record`` tells it to the other processes."""

    def __init__(self, routes: DeliveryRoutes, record: RecordShown, clock: Callable[[], float]) -> None:
        self._routes = routes
        self._record = record
        # None after an edit without an answer. By start, as another process may have begun the job anew.
        self._known: TTLCache[tuple[int, float | None], tuple[ShownPicture, ...] | None] = TTLCache(
            _REMEMBERED, _TTL, timer=clock
        )
        self._copies: TTLCache[tuple[int, float | None], tuple[ReferenceCopy, ...]] = TTLCache(
            _REMEMBERED, _TTL, timer=clock
        )

    def copies(self, job: Job) -> tuple[ReferenceCopy, ...]:
        """Return the copies of a job's references that its card shows, as far as ``shown`` found any."""
        return self._copies.get(_run(job), ())

    async def shown(self, job: Job) -> tuple[ShownPicture, ...]:
        """Return what a job's card shows: read from Discord if this process doesn't know it."""
        known = self._known.get(_run(job), None if _may_be_unrecorded(job) else job.shown)
        return await self.read(job) if known is None else known

    async def read(self, job: Job) -> tuple[ShownPicture, ...]:
        """Read from Discord what a job's card shows; what was recorded where that is impossible."""
        try:
            message = await self._routes.read_card(job)
        except (discord.HTTPException, *CONNECTION_ERRORS):
            return job.shown
        return job.shown if message is None else await self.learn(job, message)

    async def forget(self, job: Job) -> None:
        """Record that a job's card shows nothing that an edit could keep."""
        await self._try_to_record(job, ())
        self._known[_run(job)] = ()
        self._copies[_run(job)] = ()

    async def learn(
        self, job: Job, message: discord.Message, sent: Sequence[CardFile] = ()
    ) -> tuple[ShownPicture, ...]:
        """Remember and record what a message shows of a job; ``sent`` are new files of its last edit."""
        known = {each.number: each for each in self._known.get(_run(job)) or job.shown}
        known |= {file.number: _shown(file) for file in sent}
        shown = tuple(_shown_in(job, message, known))
        if shown != self._known.get(_run(job), job.shown):
            await self._try_to_record(job, shown)
        self._known[_run(job)] = shown
        if job.draft.shows_references:
            self._copies[_run(job)] = copies_on(job, message)
        return shown

    async def _try_to_record(self, job: Job, shown: Sequence[ShownPicture]) -> None:
        try:
            await self._record(job, shown)
        except Exception as error:
            # The next attempt reads the card.
            log_failure(log, error, "job %s: what its card shows could not be recorded", job.id)

    @contextlib.contextmanager
    def uncertain(self, job: Job) -> Generator[None]:
        """Forget what a card shows unless the edit in this block ends well."""
        known = self._known.get(_run(job), job.shown)
        self._known[_run(job)] = None
        yield
        self._known[_run(job)] = known


def name_of(job: Job, number: int, picture: Picture) -> str:
    """Return the file name of one of a job's pictures, which contains nothing of the prompt."""
    ending = {"jpeg": "jpg"}.get(picture.format, picture.format)
    return f"jimeng-{job.id}-{number}.{ending}"


def card_files(
    job: Job, pictures: Sequence[Picture], sent: Mapping[Picture, Picture], shown: Sequence[ShownPicture]
) -> list[CardFile]:
    """Return the files of a card with ``pictures``, which are ``sent`` unless the card shows them."""
    on_card = {each.number: each for each in shown}
    return [
        _kept(on_card[number], drawn)
        if number in on_card
        else CardFile(number=number, name=name_of(job, number, sent[drawn]), drawn=drawn, sent=sent[drawn])
        for number, drawn in numbered(pictures).items()
        if number in on_card or drawn in sent
    ]


def kept_files(shown: Sequence[ShownPicture]) -> list[CardFile]:
    """Return the files of a card that keeps what it shows."""
    return [_kept(each, _without_file(each)) for each in shown]


def numbered(pictures: Sequence[Picture]) -> dict[int, Picture]:
    """Return pictures by their numbers."""
    return {number_in(each.path) or position: each for position, each in enumerate(pictures, 1)}


def open_files(files: Sequence[CardFile], opened: contextlib.ExitStack) -> Files:
    """Open the files that are to be sent; the others are named."""
    # Closed here too: discord.py closes files only once it has begun to send them.
    return [
        opened.enter_context(contextlib.closing(discord.File(file.sent.path, file.name)))
        if file.attachment_id is None
        else KeptFile(file.attachment_id, file.name)
        for file in files
    ]


def _kept(shown: ShownPicture, drawn: Picture) -> CardFile:
    sent = replace(drawn, path=drawn.path.with_name(shown.name)) if shown.reencoded else drawn
    return CardFile(
        number=shown.number, name=shown.name, drawn=drawn, sent=sent, attachment_id=shown.attachment_id
    )


def _without_file(shown: ShownPicture) -> Picture:
    return Picture(path=Path(shown.name), format=shown.format, width=shown.width, height=shown.height)


def _may_be_unrecorded(job: Job) -> bool:
    """Whether an earlier worker may have been killed between an edit of the card and the record of it."""
    edited_with_files = job.draft.count > 1 or job.draft.shows_references
    return edited_with_files and (job.attempts > 1 or (job.attempts == 1 and job.state == "waiting"))


def _run(job: Job) -> tuple[int, float | None]:
    return job.id, job.started_at


def _shown(file: CardFile) -> ShownPicture:
    drawn = file.drawn
    return ShownPicture(
        number=file.number,
        attachment_id=file.attachment_id or 0,
        name=file.name,
        format=drawn.format,
        width=drawn.width,
        height=drawn.height,
        reencoded=file.sent.path != drawn.path,
    )


def _shown_in(
    job: Job, message: discord.Message, known: Mapping[int, ShownPicture]
) -> Iterator[ShownPicture]:
    """Yield a job's pictures in a message; those of ``known`` as they were drawn."""
    for media in pictures_in(message):
        found = re.fullmatch(rf"jimeng-{job.id}-(\d+)\.(\w+)", media.name)
        if found is None or media.attachment_id is None:
            continue
        number, ending = int(found[1]), found[2]
        as_sent = ShownPicture(
            number=number,
            attachment_id=media.attachment_id,
            name=media.name,
            format=cast("PictureFormat", {"jpg": "jpeg"}.get(ending, ending)),
            width=media.width or 0,
            height=media.height or 0,
        )
        if (drawn := known.get(number)) is not None:
            yield replace(drawn, attachment_id=media.attachment_id, name=media.name)
        else:
            yield as_sent
