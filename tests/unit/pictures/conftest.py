"""Files of the sample pictures."""

from __future__ import annotations

import pytest

from bot.domain.models import Picture
from tests.support.sample_pictures import KINDS, SIDE, saved


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Picture]:
    folder = tmp_path_factory.mktemp("pictures")
    return {name: saved(make(SIDE, SIDE * 3 // 4), folder / f"{name}.png") for name, make in KINDS.items()}
