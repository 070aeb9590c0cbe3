"""How the app is assembled from the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import open_app
from bot.config.settings import Settings
from bot.providers.publishing_relay import PublishingRelay


@pytest.mark.parametrize(("said", "publishes"), [("", False), ("false", False), ("true", True)])
async def test_references_are_published_only_if_configured(
    tmp_path: Path, said: str, publishes: bool
) -> None:
    settings = Settings.from_env(
        {
            "RELAY_URL": "http://127.0.0.1:9",
            "RELAY_TOKEN": "token",
            "DATA_DIR": str(tmp_path),
            "PUBLISH_REFERENCES": said,
        }
    )
    async with open_app(settings) as app:
        assert isinstance(app.relay, PublishingRelay) is publishes
