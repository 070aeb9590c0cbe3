"""How the app is assembled from the settings."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from bot.app import open_app
from bot.config import Settings
from bot.demo.relay.server import DemoRelay
from bot.domain.errors import BotError, OperatorError
from bot.domain.models import Draft, ImageRequest, Job, Picture, Requester
from bot.providers.relay.publishing import PublishingRelay
from bot.providers.router import ModelRouter


def settings(folder: Path, **environment: str) -> Settings:
    return Settings.from_env(
        {"RELAY_URL": "http://127.0.0.1:9", "RELAY_TOKEN": "token", "DATA_DIR": str(folder), **environment}
    )


JOB = Job(
    id=7,
    draft=Draft(kind="imagine", request=ImageRequest(prompt="a fox")),
    requester=Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10),
    reply_to=None,
    message_id=7,
    state="drawn",
    created_at=0,
    attempts=1,
    deadline=3600,
    started_at=0,
    drawn_at=0,
)


@pytest.mark.parametrize(("said", "publishes"), [("", False), ("false", False), ("true", True)])
async def test_references_are_published_only_if_configured(
    tmp_path: Path, said: str, publishes: bool
) -> None:
    async with open_app(settings(tmp_path, PUBLISH_REFERENCES=said)) as app:
        assert isinstance(app.images, ModelRouter)
        assert isinstance(app.images.client(None), PublishingRelay) is publishes


async def test_an_open_app_generates_pictures_and_cannot_be_changed(tmp_path: Path) -> None:
    async with (
        DemoRelay(delay=0, ready=True).serve() as url,
        open_app(settings(tmp_path, RELAY_URL=url)) as app,
    ):
        picture = await app.images.generate(ImageRequest(prompt="a fox", size="1K"), into=tmp_path / "new")
        assert picture.path.parent == tmp_path / "new"
        with pytest.raises(FrozenInstanceError):
            app.images = app.images  # pyright: ignore[reportAttributeAccessIssue]


async def test_generating_pictures_raises_only_bot_errors(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("")
    async with open_app(settings(tmp_path)) as app:
        for folder in (tmp_path, no_folder):
            with pytest.raises(BotError):
                await app.images.generate(ImageRequest(prompt="a fox"), into=folder)


async def test_the_simulated_relay_must_be_passed_in(tmp_path: Path) -> None:
    demo = settings(tmp_path, RELAY_URL="demo", RELAY_TOKEN="")
    with pytest.raises(OperatorError) as caught:
        async with open_app(demo):
            pass
    assert "python -m bot.demo.relay" in caught.value.detail
    async with open_app(demo, serve_demo_relay=lambda fetch: DemoRelay(fetch=fetch).serve()) as app:
        (found,) = await app.check_relay()
        assert found.error is None and "responds" in found.message


async def test_a_data_folder_that_cannot_be_written_is_refused_with_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "data"):
        with pytest.raises(OperatorError) as caught:
            async with open_app(settings(folder)):
                pass
        assert "DATA_DIR" in caught.value.detail and "can't be written" in caught.value.detail


async def test_everything_on_disk_is_for_its_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    async with open_app(settings(data)) as app:
        await app.stores.guilds.settings(1)
        picture = Picture(path=app.settings.spool / "7" / "a.png", format="png", width=1, height=1)
        picture.path.parent.mkdir(parents=True)
        picture.path.write_bytes(b"picture")
        await app.originals.keep(replace(JOB, pictures=(picture,)))
        found = {path.relative_to(tmp_path): path.stat().st_mode & 0o777 for path in [data, *data.rglob("*")]}
        folders = {name for name in found if (tmp_path / name).is_dir()}
    assert found == {name: 0o700 if name in folders else 0o600 for name in found}
    assert {"jimeng.db", "jimeng.db-wal", "a.png"} <= {name.name for name in found}


async def test_an_open_apps_time_goes_on_when_the_machines_is_set_back(tmp_path: Path) -> None:
    times, passed = iter([9000.0, *[5400.0] * 100]), iter(range(100))
    async with open_app(settings(tmp_path), clock=lambda: next(times), elapsed=lambda: next(passed)) as app:
        assert 9000 < app.clock() < app.clock()
