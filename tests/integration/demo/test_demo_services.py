"""The simulated services: the bot's own clients draw with each of them, and meet their faults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.config.catalogue import parse
from bot.demo.relay.server import DemoRelay
from bot.domain.errors import BadReply, BotError, OperatorError, RelayBusy, RelayUnavailable, SizeRefused
from bot.domain.models import ImageRequest
from bot.domain.ports import CheckedRelay
from bot.pictures.checks.verify import Verifier
from bot.pictures.sniff import sniff
from bot.providers.factory import create_clients
from bot.providers.wire.picture_calls import PictureCalls
from tests.support.photos import photo
from tests.support.relay.recorded_drawing import RecordedDrawing
from tests.support.relay.scripted_relay import fixed

PHOTO, ANOTHER = photo(400, 300), photo(300, 400)
ENTRIES = """
[models.gemini]
provider = "relay-images"
upstream = "gemini"
pixels = { "1K" = { "16:9" = "1280x720" } }

[models.gpt]
provider = "relay-images"
upstream = "gpt"
size_style = "pixels"
pixels = { "1K" = { "16:9" = "1280x720" } }

[models.ark]
provider = "ark"
reference_style = "inline"
base_url = "{url}"
pixels = { "1K" = { "16:9" = "1312x736" } }

[models.openai]
provider = "openai-images"
base_url = "{url}"
pixels = { "1K" = { "16:9" = "1536x1024" } }

[models.openrouter]
provider = "openrouter"
reference_style = "inline"
base_url = "{url}"
pixels = { "1K" = { "16:9" = "1280x720" } }
"""
SIDES = {
    "gemini": (1280, 720),
    "gpt": (1280, 720),
    "ark": (1312, 736),
    "openai": (1536, 1024),
    "openrouter": (1280, 720),
}
every_model = pytest.mark.parametrize("model", SIDES)


def asked(prompt: str = "a fox", reference: str | None = None) -> ImageRequest:
    return ImageRequest(prompt=prompt, ratio="16:9", size="1K", reference=reference)


@pytest.fixture
def drawing() -> RecordedDrawing:
    return RecordedDrawing()


@pytest.fixture
async def clients(drawing: RecordedDrawing) -> AsyncIterator[dict[str, CheckedRelay]]:
    async def fetch(url: str) -> bytes:
        return ANOTHER if "another" in url else PHOTO

    verifier = Verifier(max_pixels=20_000_000)
    async with DemoRelay(delay=0, ready=True, draw=drawing).serve() as url, ClientSession() as session:
        calls = PictureCalls(session, start_check=verifier.start_check)
        models = parse(ENTRIES.replace("{url}", url))
        keys = {model.key_env: "any" for model in models if model.key_env}
        yield create_clients(models, calls, fixed(url), keys=keys, fetch=fetch, sniff=sniff)
    verifier.close()


@every_model
async def test_every_service_draws_the_size_that_was_asked(
    model: str, clients: dict[str, CheckedRelay], tmp_path: Path
) -> None:
    picture = await clients[model].generate(asked(), tmp_path)
    assert (picture.width, picture.height) == SIDES[model]


@every_model
async def test_every_service_starts_from_the_reference(
    model: str, clients: dict[str, CheckedRelay], drawing: RecordedDrawing, tmp_path: Path
) -> None:
    # "png" is drawn even where prepared pictures are sent.
    await clients[model].generate(asked("a png"), tmp_path)
    await clients[model].generate(asked("a png", "https://cdn.example/photo.jpg"), tmp_path)
    assert drawing.references == [(), (PHOTO,)]


@pytest.mark.parametrize("model", ["ark", "openai", "openrouter"])
async def test_services_start_from_several_references_in_order(
    model: str, clients: dict[str, CheckedRelay], drawing: RecordedDrawing, tmp_path: Path
) -> None:
    urls = ["https://cdn.example/another.jpg", "https://cdn.example/photo.jpg"]
    await clients[model].generate(asked("a png").with_references(urls), tmp_path)
    assert drawing.references == [(ANOTHER, PHOTO)]


@every_model
@pytest.mark.parametrize(
    ("keyword", "error"),
    [
        ("busy", RelayBusy),
        ("broken", RelayUnavailable),
        ("overdue", OperatorError),
        ("size-refused", SizeRefused),
        ("cut-off", BadReply),
        ("not-a-picture", BadReply),
    ],
)
async def test_faults_on_demand_have_their_meaning_at_every_service(
    model: str, keyword: str, error: type[BotError], clients: dict[str, CheckedRelay], tmp_path: Path
) -> None:
    with pytest.raises(error):
        await clients[model].generate(asked(f"a fox {keyword}"), tmp_path)


@every_model
@pytest.mark.parametrize("keyword", ["blocked-prompt", "blocked-image", "blocked-result"])
async def test_refusals_on_demand_are_refusals_at_every_service(
    model: str, keyword: str, clients: dict[str, CheckedRelay], tmp_path: Path
) -> None:
    with pytest.raises(BotError) as caught:
        await clients[model].generate(asked(f"a fox {keyword}"), tmp_path)
    assert "blocked" in caught.value.key


@every_model
async def test_a_check_is_answered_without_a_picture(model: str, clients: dict[str, CheckedRelay]) -> None:
    assert "HTTP 400" in await clients[model].check()


async def test_openrouter_refuses_unknown_fields() -> None:
    async with DemoRelay(delay=0).serve() as url, ClientSession() as session:
        body = {"model": "m", "prompt": "a fox", "size": "1K"}
        headers = {"Authorization": "Bearer any"}
        async with session.post(f"{url}/api/v1/images", json=body, headers=headers) as response:
            assert response.status == 400 and "unknown field size" in await response.text()
