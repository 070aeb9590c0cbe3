"""Everything that can go wrong with a request, as the requester sees it.

BotError
├── Blocked                the content filter refused, cause unknown
│   ├── PromptBlocked      it refused the prompt
│   ├── ReferenceBlocked   it refused the reference picture
│   └── ResultBlocked      it refused the result; random, so a retry can succeed
├── ReferenceUnusable      the reference can't be fetched, or the relay doesn't accept it
├── SizeRefused            the model doesn't support this size in this ratio
├── RelayBusy              too many requests; temporary
├── RelayUnavailable       unreachable or failing; temporary
│   └── RelayDown          known to be down: requests wait and their attempts don't count
├── BadReply               a reply without a complete, decodable picture
├── Restarting             the bot stops before it could accept the request
├── DataRestored           a backup from before its answer replaced the database
├── StorageUnavailable     the database was away for too long
├── OperatorError          credentials, account or model: only the operator can fix it
├── BudgetReached          another call would exceed a daily limit in money
├── LocalFailure           this machine's disk, memory or file handles: another worker can still do it
└── RuleBroken             refused by the server's own rules before it was queued

``str(error)`` is a short English sentence without secrets; ``key`` and ``facts`` select the
localised text; ``detail`` and ``__cause__`` are for the log only.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import ClassVar, Literal

BlockReason = Literal["content", "person", "copyright"]
ReferenceProblem = Literal[
    "unreachable",
    "no-link",
    "not-public",
    "not-picture",
    "format",
    "unread-format",
    "needs-copy",
    "too-big",
    "too-small",
    "shape",
    "pixels",
    "gone",
    "no-picture",
    "hidden",
]

REFERENCE = "reference"
"""The fact of an error that tells which of several references it is about, counted from 1."""


class BotError(Exception):
    """A failure with a message for the requester."""

    key: ClassVar[str] = "unexpected"
    says: ClassVar[str] = "Something went wrong."
    retry: bool = False
    """Whether an automatic retry of the same request can succeed."""
    paid: bool | None = None
    """Whether the call counts as paid; None where that is as its provider charges."""

    def __init__(self, detail: str = "", **facts: str | int | float) -> None:
        super().__init__()
        self.detail = detail
        self.facts = facts

    def __str__(self) -> str:
        return self.says

    @property
    def fault(self) -> BaseException | None:
        """The cause, if nobody expected it: a fault of the program, whose traceback belongs in the log."""
        return self.__cause__ if type(self) is BotError else None


class Blocked(BotError):
    """The content filter refused; ``reason`` is its category where known, ``severe`` if it said so."""

    key = "blocked"
    says = "The safety filter refused this request."

    def __init__(self, detail: str = "", *, reason: BlockReason = "content", severe: bool = False) -> None:
        super().__init__(detail, reason=reason, **({"severe": True} if severe else {}))
        self.reason: BlockReason = reason


class PromptBlocked(Blocked):
    """The filter refused the prompt."""

    key = "prompt-blocked"
    says = "The safety filter refused the prompt."


class ReferenceBlocked(Blocked):
    """The filter refused the reference picture."""

    key = "reference-blocked"
    says = "The safety filter refused the reference picture."


class ResultBlocked(Blocked):
    """The filter stopped the result; another attempt can pass."""

    key = "result-blocked"
    says = "The safety filter stopped the result."

    def __init__(
        self, detail: str = "", *, reason: BlockReason = "content", severe: bool = False, retry: bool = True
    ) -> None:
        super().__init__(detail, reason=reason, severe=severe)
        self.retry = retry and not severe


class ReferenceUnusable(BotError):
    """The reference picture can't be used; ``problem`` says why, of an unread format with its name."""

    key = "reference-unusable"
    says = "The reference picture can't be used."

    def __init__(self, problem: ReferenceProblem, detail: str = "", *, form: str | None = None) -> None:
        super().__init__(detail, problem=problem, **({"format": form} if form else {}))
        self.problem: ReferenceProblem = problem


class SizeRefused(BotError):
    """The model doesn't support this size in this ratio."""

    key = "size-refused"
    says = "This size and ratio can't be combined."


class RelayBusy(BotError):
    """The relay is over its limit; ``retry_after`` is in seconds where it gave one."""

    key = "busy"
    says = "The image service is busy."
    retry = True

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class RelayUnavailable(BotError):
    """The relay is unreachable or failing."""

    key = "unavailable"
    says = "The image service can't be reached or failed."
    retry = True


class RelayDown(RelayUnavailable):
    """The relay is known to be down and isn't called before ``until``."""

    key = "down"
    says = "The image service is down."

    def __init__(self, detail: str = "", *, until: float) -> None:
        super().__init__(detail)
        self.until = until


class BadReply(BotError):
    """The reply holds no complete, decodable picture."""

    key = "bad-reply"
    says = "The image service sent something that isn't a complete picture."
    retry = True


class Restarting(BotError):
    """The bot stops before it could accept the request."""

    key = "restarting"
    says = "The bot is restarting."
    retry = True


class DataRestored(BotError):
    """A backup from before the request's answer replaced the database."""

    key = "data-restored"
    says = "The request was lost when a backup was restored."


class StorageUnavailable(BotError):
    """The database was away for longer than an answer can wait; ``reason`` is what it prevented."""

    key = "storage-unavailable"
    says = "The bot's storage can't be reached."
    retry = True

    def __init__(self, reason: Literal["request", "action"] = "action", detail: str = "") -> None:
        super().__init__(detail, reason=reason)


class OperatorError(BotError):
    """A problem with credentials, account, model or set-up."""

    key = "operator"
    says = "Only the bot's operator can fix this; it has been logged."


class BudgetReached(BotError):
    """Another call, as of a retry, would exceed a daily limit in money; it is free again at ``until``."""

    key = "budget"
    says = "The budget for today doesn't allow another attempt."

    def __init__(self, detail: str = "", *, until: int) -> None:
        super().__init__(detail, until=until)


class LocalFailure(BotError):
    """Report that this machine can't do its part: disk full or read-only, out of memory or file handles."""

    says = "The machine that generates pictures has a problem."
    retry = True


class RuleBroken(BotError):
    """A rule of the server refused the request; ``rule`` names its text."""

    key = "rule-broken"
    says = "A rule of this server doesn't allow it."

    def __init__(self, rule: str, detail: str = "", **facts: str | int | float) -> None:
        super().__init__(detail, rule=rule, **facts)
        self.rule = rule


@contextmanager
def about_reference(number: int, *, of: int) -> Generator[None]:
    """Note in every ``BotError`` within the context which of several references it is about."""
    try:
        yield
    except BotError as error:
        if of > 1:
            error.facts = {**error.facts, REFERENCE: number}
        raise
