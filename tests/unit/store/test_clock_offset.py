"""The offset of the database's clock is measured by a quick answer, if one of a few is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.store.db.clock import measure_offset


class Database:
    """Has a clock that is 30 seconds ahead, and takes some seconds for each answer."""

    def __init__(self, takes: Sequence[float]) -> None:
        self.now = 100.0
        self._takes = iter(takes)

    def scalar(self, _: object) -> float:
        self.now += next(self._takes)
        return self.now + 30


@pytest.mark.parametrize(("takes", "offset"), [((0,), 30), ((3, 0), 30), ((3, 3, 0), 30), ((3, 3, 3), None)])
def test_an_answer_that_took_long_is_measured_again(takes: Sequence[float], offset: float | None) -> None:
    database: Any = Database(takes)
    assert measure_offset(database, lambda: database.now) == offset
