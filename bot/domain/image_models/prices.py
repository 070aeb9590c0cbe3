"""What a model's pictures cost, and what its provider charges for calls that bring none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from bot.domain.errors import Blocked, BotError, LocalFailure, OperatorError, RelayBusy, ResultBlocked
from bot.domain.models import Size

MICRO = 1_000_000
"""Amounts of money are whole numbers of millionths, so that sums are exact."""
Charges = Literal["none", "results", "refusals", "all"]
"""What costs as much as a picture without being one: nothing, stopped results, refusals, or all failures."""
CHARGES: tuple[Charges, ...] = get_args(Charges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of one picture of each size, in millionths of ``currency``."""

    currency: str
    by_size: Mapping[Size, int]
    charges: Charges = "none"

    def of(self, size: Size) -> int:
        """Return the price of a picture of a size; 0 for a size that isn't listed."""
        return self.by_size.get(size, 0)

    def is_charged(self, error: BotError) -> bool:
        """Whether a call that ended with an error costs as much as a picture."""
        if isinstance(error, LocalFailure):
            # The picture may have been drawn; this machine couldn't store it.
            return True
        match self.charges:
            case "none":
                return False
            case "results":
                return isinstance(error, ResultBlocked)
            case "refusals":
                return isinstance(error, Blocked)
            case "all":
                return not isinstance(error, (RelayBusy, OperatorError))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """An amount of money in millionths of ``currency``."""

    currency: str
    micro: int

    def __str__(self) -> str:
        """Return the amount with its currency, such as ``0.04 USD``; with two decimals or more."""
        amount = (Decimal(self.micro) / MICRO).normalize()
        decimals = max(2, -int(amount.as_tuple().exponent))
        return f"{amount:.{decimals}f} {self.currency}"
