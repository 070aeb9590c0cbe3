"""Addresses of results, as the whole app keeps them for its own worker."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import open_app
from bot.config import Settings
from bot.domain.errors import BotError
from bot.domain.models import Draft, ImageRequest, ReplyTo, Requester

REQUEST = ImageRequest(prompt="a fox", size="1K", ratio="1:1", model="one")
REQUESTER = Requester(
    user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10_000_000
)
REPLY_TO = ReplyTo(
    interaction_id=1, application_id=1, token="t", message_id=7, ephemeral=False, expires_at=9e9
)


def environment(folder: Path, url: str) -> dict[str, str]:
    models = folder / "models.toml"
    models.write_text(
        f'[models.one]\nprovider = "ark"\nbase_url = "{url}"\n'
        'pixels = { "1K" = { "1:1" = "1024x1024" } }\n'
    )
    return {"DATA_DIR": str(folder / "data"), "MODELS_FILE": str(models), "ARK_API_KEY": "key"}


async def test_the_address_of_a_paid_picture_is_stored_before_it_is_downloaded(tmp_path: Path) -> None:
    stored: list[str | None] = []
    database = tmp_path / "data" / "jimeng.db"

    async def draw(request: web.Request) -> web.Response:
        return web.json_response({"data": [{"url": f"{request.url.origin()}/result"}]})

    async def download(_: web.Request) -> web.Response:
        with closing(sqlite3.connect(database)) as connection:
            stored.extend(row[0] for row in connection.execute("SELECT results FROM jobs"))
        return web.Response(status=503)

    service = web.Application()
    service.router.add_post("/api/v3/images/generations", draw)
    service.router.add_get("/result", download)
    async with TestServer(service) as server:
        settings = Settings.from_env(environment(tmp_path, str(server.make_url("")).rstrip("/")))
        async with open_app(settings, durable=False) as app:
            now = app.clock()
            job = await app.stores.jobs.add(
                Draft(kind="imagine", request=REQUEST), REQUESTER, REPLY_TO, now=now, deadline=now + 60
            )
            assert job is not None
            assert await app.stores.jobs.claim(app.process, capacity=1, now=now, lease=now + 60)
            with pytest.raises(BotError):
                await app.images.generate(REQUEST, into=settings.spool / str(job.id))
    assert stored and stored[0] is not None and "/result" in stored[0]
