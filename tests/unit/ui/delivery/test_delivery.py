"""Delivery: only connection errors are retried, faults of the program surface, files are always closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest
from discord import ui
from tenacity import wait_none

from bot.config.catalogue import parse, shipped_text
from bot.domain.guild_settings import GuildSettings
from bot.domain.models import Draft, ImageRequest, Job, Picture, ReplyTo, Requester, Style
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery import routes
from bot.ui.delivery.answer_delivery import AnswerDelivery
from bot.ui.delivery.card_pictures import CardPictures
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.delivery.progress_cards import ProgressCards
from bot.ui.delivery.routes import DeliveryRoutes
from bot.ui.delivery.server_settings import ServerSettings
from bot.ui.i18n.texts import Texts

NOW = 1000.0


@dataclass
class FakeWebhook:
    """Raises the scripted errors in turn, and records the files of each edit."""

    errors: list[Exception]
    attempts: int = 0
    files: list[discord.File] = field(default_factory=list[discord.File])

    async def edit_message(self, _: int, *, attachments: list[discord.File], **__: Any) -> None:
        self.attempts += 1
        self.files += attachments
        if self.errors:
            raise self.errors.pop(0)

    async def fetch_message(self, _: int) -> Any:
        return SimpleNamespace(components=[])


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> FakeWebhook:
    webhook = FakeWebhook([])

    def from_state(**_: Any) -> FakeWebhook:
        return webhook

    monkeypatch.setattr(discord.Webhook, "from_state", from_state)
    monkeypatch.setattr(routes, "_PAUSES", wait_none())
    return webhook


async def test_connection_errors_are_retried_with_fresh_files(tmp_path: Path, webhook: FakeWebhook) -> None:
    webhook.errors = [aiohttp.ServerDisconnectedError(), ConnectionResetError(), TimeoutError()]
    answer = await deliver(tmp_path)
    assert answer is not None and answer.message_id == 5
    assert webhook.attempts == 4 and len({id(file) for file in webhook.files}) == 4
    assert all(file.fp.closed for file in webhook.files)


async def test_retries_end_and_the_connection_error_surfaces(tmp_path: Path, webhook: FakeWebhook) -> None:
    webhook.errors = [ConnectionResetError() for _ in range(9)]
    with pytest.raises(ConnectionResetError):
        await deliver(tmp_path)
    assert webhook.attempts == 4


@pytest.mark.parametrize("fault", [KeyError("prompt"), RuntimeError("session is closed"), LookupError()])
async def test_a_fault_of_the_program_is_not_retried_and_closes_its_files(
    tmp_path: Path, webhook: FakeWebhook, fault: Exception
) -> None:
    webhook.errors = [fault]
    with pytest.raises(type(fault)):
        await deliver(tmp_path)
    assert webhook.attempts == 1
    assert all(file.fp.closed for file in webhook.files)


async def test_files_opened_before_a_missing_one_are_closed(
    tmp_path: Path, webhook: FakeWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[discord.File] = []
    original = discord.File

    def recorded(*arguments: Any) -> discord.File:
        opened.append(original(*arguments))
        return opened[-1]

    monkeypatch.setattr(discord, "File", recorded)
    with pytest.raises(FileNotFoundError):
        await deliver(tmp_path, missing=True)
    assert webhook.attempts == 0
    assert [file.fp.closed for file in opened] == [True]


async def test_a_message_that_automod_refuses_everywhere_goes_down_the_routes_without_prompt_and_style(
    tmp_path: Path, webhook: FakeWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook.errors = [_refusal(240000) for _ in range(9)]
    sent: list[Any] = []

    async def send(*, view: ui.LayoutView, **_: Any) -> Any:
        sent.append(view.to_components())
        return SimpleNamespace(id=9, channel=SimpleNamespace(id=8), components=[])

    async def fetch_user(*_: Any) -> Any:
        return SimpleNamespace(send=send)

    monkeypatch.setattr(discord.Client, "fetch_user", fetch_user)
    answer = await deliver(tmp_path)
    assert answer is not None and (answer.channel_id, answer.direct) == (8, True)
    assert webhook.attempts == 2
    shown = str(sent)
    assert "a fox" not in shown and "Ink" not in shown


def _refusal(code: int) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=400, reason="Bad Request")
    return discord.HTTPException(response, {"code": code, "message": "refused"})


async def deliver(folder: Path, *, missing: bool = False) -> Any:
    """Deliver a job of one picture into its card; with ``missing`` the file of a second one is gone."""
    (folder / "a.png").write_bytes(b"picture")
    names = ["a.png", "b.png"] if missing else ["a.png"]
    job = Job(
        id=1,
        draft=Draft(
            kind="imagine",
            request=ImageRequest(prompt="a fox"),
            count=len(names),
            style=Style(name="Ink", text="ink wash"),
        ),
        requester=Requester(
            user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10_000_000
        ),
        reply_to=ReplyTo(
            interaction_id=3, application_id=4, token="t", message_id=5, ephemeral=True, expires_at=NOW + 1
        ),
        message_id=5,
        state="drawn",
        created_at=NOW,
        attempts=1,
        deadline=NOW + 3600,
        started_at=NOW,
        drawn_at=NOW,
        pictures=tuple(Picture(path=folder / name, format="png", width=2, height=3) for name in names),
    )

    def now() -> float:
        return NOW

    async def fit(picture: Picture, _: int, __: Path) -> Picture:
        return picture

    async def settings(_: int) -> GuildSettings:
        return GuildSettings()

    async def reopen(_: Job) -> None:
        return None

    async def record_shown(*_: object) -> None:
        return None

    async def extend_lease() -> None:
        return None

    client = discord.Client(intents=discord.Intents.none())
    cards, server_settings = Cards(Texts.load(), now, parse(shipped_text())), ServerSettings(settings)
    routes = DeliveryRoutes(client, now)
    pictures = CardPictures(routes, record_shown, now)
    answers = AnswerDelivery(routes, pictures, cards, server_settings, fit, upload_cap=10_000_000)
    progress_cards = ProgressCards(routes, pictures, answers, cards, server_settings)
    delivery = DiscordDelivery(routes, pictures, answers, progress_cards, reopen, now)
    return await delivery.deliver(job, extend_lease)
