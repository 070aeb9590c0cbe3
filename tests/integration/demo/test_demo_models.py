"""The demo's three models, each drawn by the simulated service that it names."""

from __future__ import annotations

from pathlib import Path

from bot.app import open_app
from bot.config.settings import Settings
from bot.demo.page.demo_models import models_settings
from bot.demo.relay.server import DemoRelay
from bot.domain.models import ImageRequest


async def test_three_models_draw_and_two_take_several_pictures(tmp_path: Path) -> None:
    async def fetch(url: str) -> bytes:
        raise AssertionError(url)

    async with DemoRelay(delay=0, fetch=fetch, ready=True).serve() as url:
        relay = {"RELAY_URL": url, "RELAY_TOKEN": "demo", "DATA_DIR": str(tmp_path)}
        settings = Settings.from_env({**relay, **models_settings(url, tmp_path)})
        models = settings.catalogue.models
        assert [model.references > 1 for model in models] == [False, True, True]
        async with open_app(settings, durable=False) as app:
            for model in models:
                ratio, size = model.nearest("1:1", "2K", "4K")
                request = ImageRequest(prompt="a fox", model=model.id, ratio=ratio, size=size)
                picture = await app.images.generate(request, into=tmp_path)
                assert picture.path.exists()
            assert [found.error for found in await app.check_relay()] == [None] * 3
