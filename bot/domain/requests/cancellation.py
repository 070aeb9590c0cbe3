"""Who cancelled a request, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from bot.domain.models import Job

CancelledBy = Literal["asker", "moderator", "pause", "operator", "message", "erasure"]
"""The asker, a moderator, a moderator's pause of the asker, the bot's operator, or a deletion.

Of the ``message`` that asked or, as ``erasure``, of all the asker's data.
"""

REASON_LIMIT = 200
"""Characters of a moderator's reason."""
_CANCELLERS = frozenset(get_args(CancelledBy))
_BY, _REASON = "cancelled-by", "cancelled-because"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Stored among the facts of a job that was cancelled, or whose answer was deleted.

    ``reason`` is a moderator's or the operator's, if one was given.
    """

    by: CancelledBy = "asker"
    reason: str = ""

    @classmethod
    def from_facts(cls, facts: Mapping[str, object]) -> Cancellation:
        """Return the cancellation that a job's facts tell of; by the asker unless they say otherwise."""
        return cls.stored_in(facts) or cls()

    @classmethod
    def stored_in(cls, facts: Mapping[str, object]) -> Cancellation | None:
        """Return the cancellation that a job's facts tell of; None if they tell of none."""
        by = facts.get(_BY)
        if by not in _CANCELLERS:
            return None
        return cls(cast("CancelledBy", by), str(facts.get(_REASON, "")))

    @property
    def facts(self) -> dict[str, str]:
        """The cancellation as facts of a job."""
        return {_BY: self.by, **({_REASON: self.reason} if self.reason else {})}


BY_ASKER = Cancellation()


def as_cancelled(before: Job, cancelled: Job) -> Job:
    """Return a cancelled job as it was before, with the token that its card is edited with."""
    return replace(before, card_until=cancelled.card_until, facts=cancelled.facts)
