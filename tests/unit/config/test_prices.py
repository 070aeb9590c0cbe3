"""Prices in the catalogue: exact, by size or quality, and refused in words."""

import pytest

from bot.config.catalogue import CatalogueError, parse

TABLE = """
[models.one]
provider = "ark"
pixels = { "2K" = { "1:1" = "2048x2048" }, "4K" = { "1:1" = "4096x4096" } }
"""


def price_of(lines: str) -> dict[str, int]:
    price = parse(TABLE + lines).default.price
    assert price is not None and price.currency == "USD"
    return {size: price.of(size) for size in ("2K", "4K")}


def problem_of(lines: str) -> str:
    with pytest.raises(CatalogueError) as caught:
        parse(TABLE + lines)
    (problem,) = caught.value.problems
    return problem.removeprefix("models.one.")


@pytest.mark.parametrize(
    ("cost", "micro"),
    [
        ("0.07", (70_000, 70_000)),
        ("1", (1_000_000, 1_000_000)),
        ('{ "2K" = 0.04, "4K" = 0.08 }', (40_000, 80_000)),
        ('{ low = 0.011, high = 0.167 }\nbody = { quality = "high" }', (167_000, 167_000)),
    ],
)
def test_prices_are_exact_by_size_or_by_quality(cost: str, micro: tuple[int, int]) -> None:
    assert tuple(price_of(f'currency = "USD"\ncost = {cost}').values()) == micro


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('cost = "cheap"\ncurrency = "USD"', "cost: write a price such as 0.04"),
        ('cost = 0.0000001\ncurrency = "USD"', "cost: write at most six decimals."),
        ('cost = nan\ncurrency = "USD"', "cost: write a price such as 0.04"),
        ('cost = { "2K" = 0.04 }\ncurrency = "USD"', "cost: the price of 4K is missing."),
        ('cost = { high = 0.04 }\ncurrency = "USD"', "cost: write a price such as 0.04"),
        (
            'cost = { high = 1 }\ncurrency = "USD"\nbody = { quality = "low" }',
            "cost: the price of the quality",
        ),
        ("cost = 0.04", "currency: name the currency of the cost"),
        ('cost = 0.04\ncurrency = "dollars"', "currency: write a currency in capitals"),
        ('charges = "some"', "charges: the choices are none, results, refusals, all."),
    ],
)
def test_a_wrong_price_is_refused_in_words(lines: str, problem: str) -> None:
    assert problem_of(lines).startswith(problem)


def test_all_models_have_one_currency() -> None:
    other = TABLE.replace("one", "other") + 'cost = 1\ncurrency = "CNY"'
    with pytest.raises(CatalogueError, match=r"models\.other\.currency: write USD, as in models\.one"):
        parse(TABLE + 'cost = 0.04\ncurrency = "USD"\n' + other)


def test_a_model_without_a_cost_has_no_price() -> None:
    assert parse(TABLE).default.price is None and not parse(TABLE).priced
