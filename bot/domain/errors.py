"""Everything that can go wrong with a request, as people meet it.

BotError
├── Blocked                the content filter refused, side unknown
│   ├── PromptBlocked      it refused the words
│   ├── ReferenceBlocked   it refused the picture that was given
│   └── ResultBlocked      it refused what came out; by chance, so trying again can help
├── ReferenceUnusable      the given picture can't be fetched or isn't one the relay takes
├── SizeRefused            this size and ratio don't go together
├── RelayBusy              too many requests; passes by itself
├── RelayUnavailable       unreachable or failing; passes by itself
│   └── RelayDown          for everybody, for a while: requests wait, and their tries don't count
├── BadReply               an answer without a whole, decodable picture
├── OperatorError          credentials, account or model: only the operator can mend it
└── RuleBroken             the server's own rules said no, before anything was queued

``str(error)`` is a short English sentence without secrets; ``key`` and ``facts`` name the
localised text; ``detail`` is for the log alone, and so is ``__cause__``.
"""

from __future__ import annotations

from typing import ClassVar, Literal

BlockReason = Literal["content", "person", "copyright"]
ReferenceProblem = Literal[
    "unreachable",
    "not-public",
    "not-picture",
    "format",
    "too-big",
    "too-small",
    "shape",
    "pixels",
    "gone",
    "no-picture",
    "hidden",
]


class BotError(Exception):
    """A failure that has words for the person who asked."""

    key: ClassVar[str] = "unexpected"
    says: ClassVar[str] = "Something went wrong."
    retry: bool = False
    """Whether trying the same request again by itself makes sense."""

    def __init__(self, detail: str = "", **facts: str | int | float) -> None:
        super().__init__()
        self.detail = detail
        self.facts = facts

    def __str__(self) -> str:
        return self.says


class Blocked(BotError):
    """Report that the content filter refused; ``reason`` says why where it is known."""

    key = "blocked"
    says = "The safety filter refused this request."

    def __init__(self, detail: str = "", *, reason: BlockReason = "content") -> None:
        super().__init__(detail, reason=reason)
        self.reason: BlockReason = reason


class PromptBlocked(Blocked):
    """Report that the filter refused the prompt."""

    key = "prompt-blocked"
    says = "The safety filter refused the prompt."


class ReferenceBlocked(Blocked):
    """Report that the filter refused the reference picture."""

    key = "reference-blocked"
    says = "The safety filter refused the reference picture."


class ResultBlocked(Blocked):
    """Report that the filter stopped the result; another try can pass."""

    key = "result-blocked"
    says = "The safety filter stopped the result."

    def __init__(self, detail: str = "", *, reason: BlockReason = "content", retry: bool = True) -> None:
        super().__init__(detail, reason=reason)
        self.retry = retry


class ReferenceUnusable(BotError):
    """Report which way the reference picture can't be used."""

    key = "reference-unusable"
    says = "The reference picture can't be used."

    def __init__(self, problem: ReferenceProblem, detail: str = "") -> None:
        super().__init__(detail, problem=problem)
        self.problem: ReferenceProblem = problem


class SizeRefused(BotError):
    """Report that the model doesn't draw this size in this ratio."""

    key = "size-refused"
    says = "This size and ratio don't go together."


class RelayBusy(BotError):
    """Report that the relay asks for patience; ``retry_after`` is in seconds where it said so."""

    key = "busy"
    says = "The image service is busy."
    retry = True

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class RelayUnavailable(BotError):
    """Report that the relay is unreachable or failing."""

    key = "unavailable"
    says = "The image service can't be reached or failed."
    retry = True


class RelayDown(RelayUnavailable):
    """Report that the relay is down for everybody, and not tried again before ``until``."""

    key = "down"
    says = "The image service is down."

    def __init__(self, detail: str = "", *, until: float) -> None:
        super().__init__(detail)
        self.until = until


class BadReply(BotError):
    """Report an answer that holds no whole, decodable picture."""

    key = "bad-reply"
    says = "The image service sent something that isn't a whole picture."
    retry = True


class OperatorError(BotError):
    """Report a problem with credentials, account or model."""

    key = "operator"
    says = "Only the bot's operator can mend this; it has been logged."


class RuleBroken(BotError):
    """Report which of the server's own rules said no; ``rule`` names its text."""

    key = "rule-broken"
    says = "A rule of this server doesn't allow it."

    def __init__(self, rule: str, detail: str = "", **facts: str | int | float) -> None:
        super().__init__(detail, rule=rule, **facts)
        self.rule = rule
