"""The protocols between packages, each defined once: what a package needs and another one provides."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

from bot.domain.errors import BotError
from bot.domain.models import (
    DeliveredMessage,
    FoundPicture,
    ImageRequest,
    Job,
    Picture,
    PictureFormat,
    Progress,
    ResultAddress,
    ShownPicture,
)

Clock = Callable[[], float]
"""Returns the time in seconds since the epoch."""


class Relay(Protocol):
    """Generates pictures; each call is a single attempt."""

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate a picture into the folder ``into``; raise only ``BotError``."""
        ...


class CheckedRelay(Relay, Protocol):
    """A relay that can say whether it would answer."""

    async def check(self) -> str:
        """Report in a sentence that it responds and accepts the credentials; raise ``BotError``."""
        ...


class PictureCheck(Protocol):
    """Checks one picture while its bytes arrive; raises ``BadReply`` if it is damaged."""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        ...

    def restart(self) -> None:
        """Forget the bytes so far: others follow."""
        ...

    async def finish(self, file: Path) -> Picture:
        """Return what ``file`` holds, which contains the bytes that were fed."""
        ...


class CallMeter(Protocol):
    """Counts relay calls towards a limit, and what they cost."""

    async def reserve(self, job: Job, calls: int, models: Collection[str] = ()) -> bool:
        """Reduce the calls that a claimed job still has to begin, of a comparison to those of ``models``.

        Returns False if another worker has the job.
        """
        ...

    async def begin(self, job: Job, request: ImageRequest) -> bool:
        """Count one of the job's calls, which is made next; False if another worker has the job.

        Raises ``BudgetReached`` where it would exceed a daily limit.
        """
        ...

    async def refund(self, job: Job, request: ImageRequest, error: BotError | None) -> None:
        """Take off what a call was to cost if it isn't charged, having ended with an error; never fails.

        ``error`` is None where the call wasn't made.
        """
        ...


class ResultAddresses(Protocol):
    """Keeps the addresses of paid pictures until they are downloaded, so that no crash pays twice."""

    async def take(self, folder: Path, model: str | None) -> ResultAddress | None:
        """Return the address of a model's picture that an interrupted call of a job left; never fails."""
        ...

    async def keep(self, folder: Path, model: str | None, url: str) -> ResultAddress:
        """Store the address of a picture, and return it; never fails."""
        ...

    async def release(self, address: ResultAddress, *, done: bool) -> None:
        """End the use of an address; one that isn't ``done`` with is taken by the next call; never fails."""
        ...


class Publisher(Protocol):
    """Uploads pictures to where the relay can fetch them."""

    async def publish(self, picture: bytes, form: PictureFormat) -> str:
        """Upload a picture and return its public URL; raise only ``BotError``."""
        ...


class CopyPublisher(Protocol):
    """Puts copies of references where the relay can fetch them."""

    async def publish(self, job: Job, number: int, copy: Path) -> str | None:
        """Return the link of a copy, a JPEG, of a job's reference; None where there is no place for it."""
        ...


class Fit(Protocol):
    """Makes pictures fit into upload limits."""

    async def __call__(self, picture: Picture, limit: int, into: Path, /) -> Picture:
        """Return the picture, re-encoded into ``into`` if over ``limit`` bytes; raise ``BadReply``."""
        ...


class Originals(Protocol):
    """Stores untouched pictures; every method raises ``OperatorError`` where the storage fails."""

    async def keep(self, job: Job) -> tuple[str, ...]:
        """Store a job's pictures and return their names."""
        ...

    async def read(self, name: str) -> bytes | None:
        """Return a picture's bytes; None when it is gone."""
        ...

    async def size(self, name: str) -> int | None:
        """Return a picture's size in bytes without reading it; None when it is gone."""
        ...

    async def link(self, name: str) -> str | None:
        """Return a public link that expires; None when the storage has no links."""
        ...

    async def forget(self, names: Sequence[str]) -> None:
        """Delete pictures, ignoring those that don't exist."""
        ...


class Download(Protocol):
    """Downloads from an address that a service named, with the protection of typed ones."""

    async def __call__(
        self, url: str, receive: Callable[[AsyncIterable[bytes]], Awaitable[None]], *, trusted: str
    ) -> None:
        """Pass the body to ``receive``; the host of ``trusted`` may be private. Raise ReferenceUnusable."""
        ...


class UrlGuard(Protocol):
    """Opens URLs given by others, on public addresses only."""

    async def inspect(self, url: str) -> FoundPicture:
        """Return the picture at a URL if it can be used or copied; raise ``ReferenceUnusable``."""
        ...

    async def fetch(self, url: str, *, most: int | None = None) -> bytes:
        """Return the contents of a URL, at most so many bytes; raise ``ReferenceUnusable``."""
        ...

    async def download(
        self, url: str, receive: Callable[[AsyncIterable[bytes]], Awaitable[None]], *, trusted: str
    ) -> None:
        """Pass what a URL that a service named leads to to ``receive``; raise ``ReferenceUnusable``."""
        ...

    async def put(self, url: str, content: bytes, *, content_type: str, trusted: str) -> int:
        """Upload to a URL and return the status; where ``trusted`` leads may be private, too."""
        ...


class PicturesGone(Exception):
    """Report that a job's card has lost pictures whose files aren't on this machine."""


class Delivery(Protocol):
    """Shows progress and outcomes to requesters."""

    async def progress(self, job: Job, progress: Progress, *, until: float) -> None:
        """Show progress if that is possible before ``until``; never fails, may be skipped."""
        ...

    async def show_retry(self, job: Job, progress: Progress, *, since: float) -> None:
        """Show why a job waits that this worker gave back, while it may edit the card: after ``since``."""
        ...

    def release(self, job: Job) -> None:
        """Show nothing more of a job that this worker gives back: another may take it over from now on."""
        ...

    async def deliver(self, job: Job, extend_lease: Callable[[], Awaitable[None]]) -> DeliveredMessage | None:
        """Deliver the outcome and return where it was posted; None when the requester can't be reached.

        Idempotent: the caller repeats it after a failure. ``extend_lease`` is called right before anything is
        sent and raises when another worker owns the job. Raises ``PicturesGone``.
        """
        ...

    async def shows_pictures(self, job: Job) -> bool:
        """Whether the job's card already shows its pictures; also False where that can't be seen."""
        ...

    def check_later(self, job: Job) -> None:
        """Check an answered job's card in a moment, as an edit of a lost worker may still arrive."""
        ...

    def may_be_covered(self, job: Job) -> bool:
        """Whether a job's card is still to be checked, as an edit may come after its answer."""
        ...

    async def shows_answer(self, job: Job) -> bool:
        """Whether the job's card already shows an outcome; also False where that can't be seen."""
        ...

    async def read_shown(self, job: Job) -> Sequence[ShownPicture]:
        """Return which pictures the job's card shows; never fails."""
        ...

    async def cancel(self, job: Job) -> None:
        """Show that the job was cancelled, as far as that is still possible."""
        ...


class IdentifyLimiter(Protocol):
    """Limits how often each bucket of shards may identify."""

    async def acquire(self, bucket: int, seconds: float, *, again: bool = False) -> float:
        """Reserve a bucket for ``seconds`` and return 0, or return the seconds until it is free.

        ``again`` replaces the reservation that the caller already has.
        """
        ...
