"""Acts on requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.controls.acts import Operator, Target, TargetKind
from bot.domain.errors import RuleBroken
from bot.ops.console.acts.forms import REASON, ActForm, ActRefused, required
from bot.services.operator.request_acts import RequestActService

_LIMITS = {
    "member-daily": "The member's limit of pictures",
    "server-daily": "The server's limit of pictures",
    "total-daily": "The limit of pictures in all",
    "member-daily-cost": "The member's limit of costs",
    "server-daily-cost": "The server's limit of costs",
    "total-daily-cost": "The limit of costs in all",
}


class CancelAct:
    """Cancels a request."""

    name = "cancel"
    kinds: Sequence[TargetKind] = ("request",)

    def __init__(self, requests: RequestActService) -> None:
        self._requests = requests

    async def form(self, target: Target | None) -> ActForm:
        """Return what is asked before."""
        return ActForm(
            title=f"Cancel {target}",
            explanation="It is cancelled while it waits or runs. Its card says that the bot's operator did"
            " so, and shows the reason. Pictures that are being drawn may still cost something.",
            button="Cancel the request",
            fields=(REASON,),
            grave=True,
        )

    async def perform(self, target: Target | None, values: Mapping[str, str], by: Operator) -> str:
        """Cancel it."""
        target = required(target)
        if not await self._requests.cancel(target.id, by=by, reason=values["reason"]):
            raise ActRefused("Only a request that waits or runs can be cancelled.")
        return f"Request {target.id} is cancelled."


class RetryAct:
    """Retries a request."""

    name = "retry"
    kinds: Sequence[TargetKind] = ("request",)

    def __init__(self, requests: RequestActService) -> None:
        self._requests = requests

    async def form(self, target: Target | None) -> ActForm:
        """Return what is asked before."""
        return ActForm(
            title=f"Retry {target}",
            explanation="One that waits for its next attempt begins as soon as it is its turn. One that ended"
            " without a picture goes back into the queue, and its card shows that. It costs what another"
            " request would, and counts towards today's limits.",
            button="Retry the request",
            fields=(REASON,),
        )

    async def perform(self, target: Target | None, values: Mapping[str, str], by: Operator) -> str:
        """Retry it."""
        target = required(target)
        try:
            retried = await self._requests.retry(target.id, by=by, reason=values["reason"])
        except RuleBroken as refusal:
            raise ActRefused(
                f"{_LIMITS[refusal.rule]} for today is used up. Raise it, or retry the request after midnight"
                " UTC."
            ) from refusal
        if not retried:
            raise ActRefused(
                "Only a request that waits, or ended without a picture, can be retried; and not one whose"
                " card is private, that compares models, or whose data was erased."
            )
        return f"Request {target.id} is in the queue."
