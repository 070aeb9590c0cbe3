"""What calls cost: exact amounts, and which calls without a picture are charged."""

from collections.abc import Callable

import pytest

from bot.config.setting_values import money_a_day
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
from bot.domain.image_models.prices import CHARGES, Charges, Price, Spending, parse_money

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


@pytest.mark.parametrize(
    ("text", "micro"), [("0", 0), ("5", 5_000_000), ("2.50", 2_500_000), ("0.000001", 1), ("1000000", 10**12)]
)
def test_an_amount_is_read_exactly(text: str, micro: int) -> None:
    assert parse_money(text) == micro


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        "1e3",
        "NaN",
        "Infinity",
        "1_000",
        " 1",
        "1,5",
        ".5",
        "1.",
        "0.0000001",
        "1000000.01",
        "٣",
        "1\n",
    ],
)
def test_what_is_not_a_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 2\.50"):
        parse_money(text)


@pytest.mark.parametrize("text", ["0", "2.50", "1e3", "0.0000001", "1000001"])
def test_settings_and_the_console_read_amounts_alike(text: str) -> None:
    expected = micro if (micro := _read(parse_money, text)) else None
    assert _read(money_a_day, text) == expected


def _read(parse: Callable[[str], int], text: str) -> int | None:
    try:
        return parse(text)
    except ValueError:
        return None
