"""Acts on members and servers: own limits and bans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.domain.controls.acts import Operator, Target, TargetKind
from bot.domain.controls.own_limits import UNLIMITED, OwnLimits
from bot.domain.image_models.prices import MICRO, parse_money
from bot.domain.ports import Clock
from bot.ops.console.acts.forms import REASON, ActForm, ActRefused, Field, required, whole_number
from bot.services.operator.bans import BanService
from bot.services.operator.limits import LimitService

_BOTH: Sequence[TargetKind] = ("member", "server")
_NONE = "none"
_HOUR = 3600.0
_DURATIONS = (("", "for good"), ("1", "1 hour"), ("24", "1 day"), ("168", "7 days"), ("720", "30 days"))


class LimitsAct:
    """Sets the limits of a member or a server."""

    name = "limits"
    kinds: Sequence[TargetKind] = _BOTH

    def __init__(self, limits: LimitService) -> None:
        self._limits = limits

    async def form(self, target: Target | None) -> ActForm:
        """Return what is asked before, with the present limits."""
        own = await self._limits.own(required(target))
        hint = "Empty: as the settings say. “none”: no limit."
        pictures, cost = _shown(own.pictures, Decimal(1)), _shown(own.cost, Decimal(MICRO))
        return ActForm(
            title=f"Limits of {target}",
            explanation="These daily limits replace those of the settings from the next request on.",
            button="Set the limits",
            fields=(
                Field(name="pictures", label="Pictures a day", value=pictures, hint=hint, limit=9),
                Field(name="cost", label="Costs a day", value=cost, hint=hint, limit=16),
                REASON,
            ),
        )

    async def perform(self, target: Target | None, values: Mapping[str, str], by: Operator) -> str:
        """Set them."""
        target = required(target)
        limits = OwnLimits(pictures=_pictures(values["pictures"]), cost=_cost(values["cost"]))
        await self._limits.set(target, limits, by=by, reason=values["reason"])
        if limits.is_default:
            return f"For {target} the limits of the settings hold."
        return f"The limits of {target} are set."


class BanAct:
    """Bans a member or a server."""

    name = "ban"
    kinds: Sequence[TargetKind] = _BOTH

    def __init__(self, bans: BanService, clock: Clock) -> None:
        self._bans = bans
        self._clock = clock

    async def form(self, target: Target | None) -> ActForm:
        """Return what is asked before."""
        return ActForm(
            title=f"Ban {target}",
            explanation="New requests are refused with the reason, and what waits is cancelled."
            " What is being drawn is finished.",
            button="Ban",
            fields=(Field(name="hours", label="How long", choices=_DURATIONS), REASON),
            grave=True,
        )

    async def perform(self, target: Target | None, values: Mapping[str, str], by: Operator) -> str:
        """Ban them."""
        target = required(target)
        if values["hours"] not in dict(_DURATIONS):
            raise ActRefused("Choose for how long.")
        hours = whole_number(values["hours"], "The duration")
        until = None if hours is None else self._clock() + hours * _HOUR
        cancelled = await self._bans.ban(target, by=by, reason=values["reason"], until=until)
        return f"The {target} is banned; {len(cancelled)} waiting requests were cancelled."


class UnbanAct:
    """Ends a ban."""

    name = "unban"
    kinds: Sequence[TargetKind] = _BOTH

    def __init__(self, bans: BanService) -> None:
        self._bans = bans

    async def form(self, target: Target | None) -> ActForm:
        """Return what is asked before."""
        return ActForm(
            title=f"End the ban of {target}",
            explanation="New requests are accepted again.",
            button="End the ban",
            fields=(REASON,),
        )

    async def perform(self, target: Target | None, values: Mapping[str, str], by: Operator) -> str:
        """End it."""
        target = required(target)
        if not await self._bans.unban(target, by=by, reason=values["reason"]):
            raise ActRefused(f"The {target} isn't banned.")
        return f"The {target} isn't banned any more."


def _shown(limit: int | None, unit: Decimal) -> str:
    if limit is None or limit == UNLIMITED:
        return "" if limit is None else _NONE
    return f"{(limit / unit).normalize():f}"


def _pictures(text: str) -> int | None:
    return UNLIMITED if text == _NONE else whole_number(text, "A number of pictures")


def _cost(text: str) -> int | None:
    """Return an amount of money in millionths."""
    if not text:
        return None
    if text == _NONE:
        return UNLIMITED
    try:
        return parse_money(text)
    except ValueError as error:
        raise ActRefused(f"{str(error).capitalize()}.") from error
