"""What calls cost: exact amounts, and which calls without a picture are charged."""

import pytest

from bot.domain.errors import (
    BadReply,
    BotError,
    LocalFailure,
    OperatorError,
    PromptBlocked,
    RelayBusy,
    RelayUnavailable,
    ResultBlocked,
)
from bot.domain.image_models.prices import CHARGES, Charges, Price, Spending

ALL: set[type[BotError]] = {BadReply, PromptBlocked, RelayUnavailable, ResultBlocked, LocalFailure}
CHARGED: dict[Charges, set[type[BotError]]] = {
    "none": {LocalFailure},
    "results": {LocalFailure, ResultBlocked},
    "refusals": {LocalFailure, ResultBlocked, PromptBlocked},
    "all": ALL,
}


@pytest.mark.parametrize("charges", CHARGES)
def test_a_call_without_a_picture_costs_what_the_provider_charges(charges: Charges) -> None:
    price = Price(currency="USD", by_size={"2K": 40_000}, charges=charges)
    kinds: list[type[BotError]] = [*ALL, RelayBusy, OperatorError]
    assert {kind for kind in kinds if price.is_charged(kind())} == CHARGED[charges]


@pytest.mark.parametrize(
    ("micro", "text"), [(0, "0.00"), (40_000, "0.04"), (1_234_567, "1.234567"), (20_000_000_000, "20000.00")]
)
def test_an_amount_is_shown_exactly(micro: int, text: str) -> None:
    assert str(Spending(currency="CNY", micro=micro)) == f"{text} CNY"
