"""Read what a model's pictures cost: one price, or one by size or by quality."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import cast, get_args

from bot.config.model_values import Table
from bot.domain.image_models.catalogue import Model
from bot.domain.image_models.prices import MICRO
from bot.domain.models import Size

_EXPECTED = 'write a price such as 0.04, or one for each size: { "2K" = 0.04, "4K" = 0.08 }.'
_MOST = 1000


def prices(value: object, sizes: Collection[Size], body: object) -> dict[Size, int]:
    """Return the price of each size in millionths; a table may have qualities, of which ``body`` names one.

    ``sizes`` are those that the model draws.
    """
    if not isinstance(value, Mapping):
        return dict.fromkeys(get_args(Size), _micro(value))
    table = cast("Table", value)
    if table and all(name in get_args(Size) for name in table):
        if missing := [size for size in sizes if size not in table]:
            raise ValueError(f"the price of {' and '.join(missing)} is missing.")
        return {cast("Size", name): _micro(price) for name, price in table.items()}
    return dict.fromkeys(get_args(Size), _price_of_quality(table, body))


def currency(value: object) -> str:
    """Return the code of a currency."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{3,8}", value, re.ASCII):
        raise ValueError("write a currency in capitals, for example USD.")
    return value


def currency_problems(models: Iterable[Model]) -> Iterator[str]:
    """Yield what is wrong where models name different currencies, as the costs of a request are added up."""
    priced = [(model.id, model.price.currency) for model in models if model.price is not None]
    for id_, code in priced:
        if code != priced[0][1]:
            yield f"models.{id_}.currency: write {priced[0][1]}, as in models.{priced[0][0]}."


def _price_of_quality(table: Table, body: object) -> int:
    quality = cast("Table", body).get("quality") if isinstance(body, Mapping) else None
    if not isinstance(quality, str) or not table:
        raise ValueError(f"{_EXPECTED} Prices by quality need the quality in body.")
    micro = {name: _micro(price) for name, price in table.items()}
    if quality not in micro:
        raise ValueError(f"the price of the quality in body, {quality}, is missing.")
    return micro[quality]


def _micro(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MOST:
        raise ValueError(_EXPECTED)
    # By its decimal text: 0.07 as a binary fraction is slightly more.
    micro = Decimal(str(value)) * MICRO
    if micro != int(micro):
        raise ValueError("write at most six decimals.")
    return int(micro)
