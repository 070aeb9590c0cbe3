"""What a model's pictures cost, and what its provider charges for calls that bring none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from bot.domain.errors import Blocked, BotError, LocalFailure, OperatorError, RelayBusy, ResultBlocked
from bot.domain.models import Size

MICRO = 1_000_000
"""Amounts of money are whole numbers of millionths, so that sums are exact."""
MOST_MONEY = 1_000_000 * MICRO
"""The largest amount that is entered."""
Charges = Literal["none", "results", "refusals", "all"]
"""What costs as much as a picture without being one: nothing, stopped results, refusals, or all failures."""
_AMOUNT = re.compile(r"\d{1,7}(?:\.\d{1,6})?", re.ASCII)
CHARGES: tuple[Charges, ...] = get_args(Charges)


def parse_money(text: str) -> int:
    """Return an amount such as ``2.50`` in millionths.

    Raises ``ValueError`` for what isn't a plain number from 0 to a million with at most six decimals.
    """
    if not _AMOUNT.fullmatch(text) or (micro := int(Decimal(text) * MICRO)) > MOST_MONEY:
        raise ValueError("an amount is a number such as 2.50, up to a million, with at most six decimals")
    return micro


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
        if error.paid is not None:
            return error.paid
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
