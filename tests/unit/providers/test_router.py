"""Requests go to the client of their model, for what that model draws."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config.catalogue import parse
from bot.domain.errors import SizeRefused
from bot.domain.models import ImageRequest, Picture
from bot.providers.router import ModelRouter

MODELS = parse(
    """
[models.wide]
provider = "openrouter"
upstream = "vendor/wide"
pixels = { "1K" = { "1:1" = "1024x1024", "16:9" = "1280x720" } }

[models.square]
provider = "openrouter"
pixels = { "2K" = { "1:1" = "2048x2048" } }
"""
)


class Recorded:
    """Records requests, and refuses their size if ``refuses``."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.requests: list[ImageRequest] = []
        self._refuses = refuses

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        self.requests.append(request)
        if self._refuses:
            raise SizeRefused
        return Picture(path=into / "picture.png", format="png", width=1, height=1)


async def test_a_model_is_called_by_its_name_at_the_service() -> None:
    client = Recorded()
    router = ModelRouter(MODELS, {"wide": client, "square": Recorded()})
    await router.generate(ImageRequest(prompt="a fox", size="1K", ratio="1:1", model="wide"), Path())
    assert [request.model for request in client.requests] == ["vendor/wide"]


async def test_a_size_that_is_not_listed_is_refused_without_a_call() -> None:
    client = Recorded()
    router = ModelRouter(MODELS, {"wide": client, "square": client})
    with pytest.raises(SizeRefused):
        await router.generate(ImageRequest(prompt="a fox", size="2K", ratio="1:1", model="wide"), Path())
    assert client.requests == []


@pytest.mark.parametrize(("model", "size", "other"), [("wide", "1K", "16:9"), ("square", "2K", None)])
async def test_a_refused_ratio_is_answered_with_another_one_of_the_model(
    model: str, size: str, other: str | None
) -> None:
    router = ModelRouter(MODELS, dict.fromkeys(MODELS.ids, Recorded(refuses=True)))
    asked = ImageRequest(prompt="a fox", size="1K" if size == "1K" else "2K", ratio="1:1", model=model)
    with pytest.raises(SizeRefused) as caught:
        await router.generate(asked, Path())
    assert caught.value.facts.get("other_ratio") == other
