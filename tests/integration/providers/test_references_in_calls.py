"""References in the calls of each provider: in order, by address or within, downloaded once for a job."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any, cast

import pytest

from bot.domain.errors import ReferenceUnusable
from bot.domain.models import ImageRequest
from tests.support.photos import photo
from tests.support.relay.scripted_relay import says
from tests.support.relay.services import files_in, named, open_service, sends_picture

PATHS = tuple(f"/files/{name}" for name in ("sky", "sea", "fox", "owl"))
AN_ADDRESS = "Timeout while downloading url=https://cdn.example/files/sea?ex=1"


@pytest.mark.parametrize("provider", ["ark", "openrouter"])
async def test_a_reference_travels_by_its_address(provider: str, tmp_path: Path) -> None:
    service = named(provider)
    asked = ImageRequest(
        prompt="night", ratio="16:9", size="2K", reference="https://cdn.example/photo.jpg?ex=1"
    )
    async with open_service(service, sends_picture(service), more='reference_style = "url"') as (
        scripted,
        client,
    ):
        await client.generate(asked, tmp_path)
    body = json.loads(scripted.bodies[0])
    given = body["image"] if provider == "ark" else body["input_references"][0]["image_url"]["url"]
    assert given == asked.reference


@pytest.mark.parametrize("provider", ["relay-images", "ark", "openrouter", "openai-images"])
async def test_a_reference_travels_within_the_call(provider: str, tmp_path: Path) -> None:
    service, file = named(provider), photo(300, 200)
    more = "" if provider in ("relay-images", "openai-images") else 'reference_style = "inline"'
    async with open_service(service, sends_picture(service), more=more) as (scripted, client):
        scripted.references["/files/photo"] = file
        asked = ImageRequest(prompt="night", ratio="16:9", size="2K", reference=f"{scripted.url}/files/photo")
        picture = await client.generate(asked, tmp_path)
    assert _reference_in(provider, scripted.bodies[0]) == file
    assert int(scripted.requests[0].headers["Content-Length"]) == len(scripted.bodies[0])
    assert files_in(tmp_path) == sorted(["inline", picture.path.name])


def asks_for(*urls: str) -> ImageRequest:
    return ImageRequest(prompt="all in one", ratio="16:9", size="2K").with_references(urls)


@pytest.mark.parametrize("provider", ["ark", "openrouter"])
async def test_four_references_travel_by_their_addresses_in_order(provider: str, tmp_path: Path) -> None:
    service = named(provider)
    urls = [f"https://cdn.example{path}?ex=1" for path in PATHS]
    more = 'reference_style = "url"\nreferences = 4'
    async with open_service(service, sends_picture(service), more=more) as (scripted, client):
        await client.generate(asks_for(*urls), tmp_path)
    body = json.loads(scripted.bodies[0])
    given = body["image"] if provider == "ark" else body["input_references"]
    assert given == (urls if provider == "ark" else [_image_url(url) for url in urls])


@pytest.mark.parametrize("provider", ["ark", "openrouter", "openai-images"])
async def test_four_references_travel_within_the_call_in_order(provider: str, tmp_path: Path) -> None:
    service, files = named(provider), [photo(300, 200 + number) for number in range(4)]
    more = 'reference_style = "inline"\nreferences = 4'
    async with open_service(service, sends_picture(service), more=more) as (scripted, client):
        scripted.references |= dict(zip(PATHS, files, strict=True))
        asked = asks_for(*(f"{scripted.url}{path}" for path in PATHS))
        await client.generate(asked, tmp_path)
    assert _references_in(provider, scripted.bodies[0]) == files
    assert int(scripted.requests[0].headers["Content-Length"]) == len(scripted.bodies[0])


async def test_a_jobs_pictures_share_one_download_of_each_reference(tmp_path: Path) -> None:
    service = named("ark")
    more = 'reference_style = "inline"\nreferences = 2'
    async with open_service(service, sends_picture(service), more=more) as (scripted, client):
        scripted.references |= {PATHS[0]: photo(300, 200), PATHS[1]: photo(200, 300)}
        asked = asks_for(*(f"{scripted.url}{path}" for path in PATHS[:2]))
        await asyncio.gather(client.generate(asked, tmp_path), client.generate(asked, tmp_path))
        await client.generate(asked, tmp_path)
        assert scripted.downloads == list(PATHS[:2])
        await client.generate(asked, tmp_path / "another")
    assert scripted.downloads == [*PATHS[:2], *PATHS[:2]]


@pytest.mark.parametrize("provider", ["ark", "openrouter", "openai-images"])
async def test_one_of_several_references_that_is_bad_is_named(provider: str, tmp_path: Path) -> None:
    service = named(provider)
    more = 'reference_style = "inline"\nreferences = 2'
    async with open_service(service, sends_picture(service), more=more) as (scripted, client):
        scripted.references |= {PATHS[0]: photo(300, 200), PATHS[1]: b"words"}
        with pytest.raises(ReferenceUnusable) as caught:
            await client.generate(asks_for(*(f"{scripted.url}{path}" for path in PATHS[:2])), tmp_path)
    assert caught.value.facts["reference"] == 2 and scripted.requests == []


@pytest.mark.parametrize(
    ("message", "number"),
    [("Timeout while downloading url=https://cdn.example/files/sea?ex=1", 2), ("…", None)],
)
async def test_a_service_that_names_a_reference_by_its_address_tells_which(
    message: str, number: int | None, tmp_path: Path
) -> None:
    service = named("ark")
    refused = says(400, {"error": {"code": "InvalidImageURL.Timeout", "message": message}})
    async with open_service(service, refused, more='reference_style = "url"\nreferences = 4') as (_, client):
        with pytest.raises(ReferenceUnusable) as caught:
            await client.generate(asks_for(*(f"https://cdn.example{path}?ex=1" for path in PATHS)), tmp_path)
    assert caught.value.facts.get("reference") == number


def _image_url(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def _references_in(provider: str, body: bytes) -> list[bytes]:
    if provider == "openai-images":
        parts = body.split(b'name="image[]"')[1:]
        return [part[part.index(b"\r\n\r\n") + 4 :].partition(b"\r\n--")[0] for part in parts]
    fields = json.loads(body)
    urls = (
        fields["image"]
        if provider == "ark"
        else [each["image_url"]["url"] for each in fields["input_references"]]
    )
    return [base64.b64decode(url.partition(",")[2]) for url in urls]


def _reference_in(provider: str, body: bytes) -> bytes:
    if provider == "openai-images":
        start = body.index(b"\r\n\r\n", body.index(b'name="image"')) + 4
        return body[start : body.index(b"\r\n--", start)]
    fields = cast("dict[str, Any]", json.loads(body))
    if provider == "relay-images":
        assert fields["imageMimeType"] == "image/jpeg"
        return base64.b64decode(fields["image"])
    url: str = fields["image"] if provider == "ark" else fields["input_references"][0]["image_url"]["url"]
    kind, _, text = url.partition(",")
    assert kind == "data:image/jpeg;base64"
    return base64.b64decode(text)
