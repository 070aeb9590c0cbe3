"""What every provider's client keeps: one call, one picture on disk, errors by their meaning, no key told."""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.domain.errors import (
    BadReply,
    Blocked,
    BotError,
    OperatorError,
    PromptBlocked,
    ReferenceBlocked,
    RelayBusy,
    RelayUnavailable,
    ResultBlocked,
    SizeRefused,
)
from bot.domain.models import ImageRequest
from tests.support.relay.listed_addresses import ListedAddresses
from tests.support.relay.scripted_relay import JPEG, PNG, TOKEN, says
from tests.support.relay.services import (
    KEY,
    SERVICES,
    Service,
    files_in,
    images_reply,
    named,
    names_address,
    open_service,
    sends_picture,
)

ASK = ImageRequest(prompt="a fox 狐", ratio="16:9", size="2K", model="upstream-name")
every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.provider)
BY_ADDRESS = tuple(service for service in SERVICES if service.by_address)
services_by_address = pytest.mark.parametrize("service", BY_ADDRESS, ids=lambda service: service.provider)


@every_service
async def test_a_picture_is_drawn_by_one_call_into_one_file(service: Service, tmp_path: Path) -> None:
    async with open_service(service, sends_picture(service)) as (scripted, client):
        picture = await client.generate(ASK, tmp_path)
    assert picture.path.read_bytes() == PNG
    assert files_in(tmp_path) == [picture.path.name]
    (request,) = scripted.requests
    assert request.headers["Authorization"] in (f"Bearer {KEY}", f"Bearer {TOKEN}")


@pytest.mark.parametrize(
    ("provider", "fields"),
    [
        ("relay", {"model": "upstream-name", "size": "2K", "aspectRatio": "16:9"}),
        ("relay-images", {"provider": "gemini", "aspectRatio": "16:9", "imageSize": "2K"}),
        (
            "ark",
            {"model": "seedream", "size": "2560x1440", "response_format": "b64_json", "watermark": False},
        ),
        ("openai-images", {"model": "gpt-image", "size": "2560x1440", "n": 1, "quality": "low"}),
        ("openrouter", {"model": "some/model", "aspect_ratio": "16:9", "resolution": "2K"}),
    ],
)
async def test_a_call_has_exactly_the_documented_fields(
    provider: str, fields: dict[str, Any], tmp_path: Path
) -> None:
    service = named(provider)
    async with open_service(service, sends_picture(service)) as (scripted, client):
        await client.generate(ASK, tmp_path)
    assert json.loads(scripted.bodies[0]) == {"prompt": "a fox 狐", **fields}


ARK = {"type": "BadRequest", "param": ""}
ERRORS: list[tuple[int, dict[str, Any] | str, type[BotError]]] = [
    (400, {"error": {"code": "InputTextSensitiveContentDetected", "message": "…", **ARK}}, PromptBlocked),
    (400, {"error": {"code": "InputImageSensitiveContentDetected", "message": "…", **ARK}}, ReferenceBlocked),
    (400, {"error": {"code": "OutputImageSensitiveContentDetected", "message": "…", **ARK}}, ResultBlocked),
    (400, {"error": {"code": "moderation_blocked", "message": "rejected", "type": "user_error"}}, Blocked),
    (400, {"error": {"code": "content_policy_violation", "message": "no", "type": "x"}}, Blocked),
    (403, {"error": {"code": 403, "message": "flagged", "metadata": {"reasons": ["sexual"]}}}, Blocked),
    (429, {"error": {"code": "rate_limit_exceeded", "message": "slow down", "type": "requests"}}, RelayBusy),
    (429, {"error": {"code": "ModelAccountIpmRateLimitExceeded", "message": "…", **ARK}}, RelayBusy),
    (429, {"error": {"code": "insufficient_quota", "message": "check your plan"}}, OperatorError),
    (400, {"error": {"code": "billing_hard_limit_reached", "message": "limit"}}, OperatorError),
    (402, {"error": {"code": 402, "message": "Insufficient credits"}}, OperatorError),
    (401, {"error": {"code": "AuthenticationError", "message": "The API key is invalid"}}, OperatorError),
    (404, {"error": {"code": "ModelNotOpen", "message": "not activated"}}, OperatorError),
    (500, {"error": {"code": "InternalServiceError", "message": "…"}}, RelayUnavailable),
    (503, {"error": {"code": 503, "message": "no available provider"}}, RelayUnavailable),
    (
        200,
        {"data": [{"error": {"code": "OutputImageSensitiveContentDetected", "message": "…"}}]},
        ResultBlocked,
    ),
    (200, {"data": []}, BadReply),
    (502, "<html>bad gateway</html>", RelayUnavailable),
    (301, "", OperatorError),
]


@every_service
@pytest.mark.parametrize(("status", "body", "error"), ERRORS, ids=lambda value: str(value)[:60])
async def test_an_error_has_the_same_meaning_at_every_service(
    service: Service, status: int, body: dict[str, Any] | str, error: type[BotError], tmp_path: Path
) -> None:
    async with open_service(service, says(status, body, Location="https://elsewhere.example")) as (_, client):
        with pytest.raises(BotError) as caught:
            await client.generate(ASK, tmp_path)
    assert type(caught.value) is error
    assert files_in(tmp_path) == []


@every_service
async def test_a_key_that_a_service_repeats_is_in_no_error(service: Service, tmp_path: Path) -> None:
    async def repeats(request: web.Request) -> web.Response:
        return web.json_response({"error": {"message": request.headers["Authorization"]}}, status=401)

    async with open_service(service, repeats) as (_, client):
        with pytest.raises(BotError) as caught:
            await client.generate(ASK, tmp_path)
    told = "".join(traceback.format_exception(caught.value)) + caught.value.detail + repr(client)
    assert KEY not in told and TOKEN not in told


@every_service
async def test_a_reply_that_is_cut_off_or_too_large_leaves_no_file(service: Service, tmp_path: Path) -> None:
    async def cut_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(service.reply(PNG)[:-2000])
        assert request.transport
        request.transport.close()
        return response

    async with open_service(service, cut_off, max_bytes=5_000) as (_, client):
        with pytest.raises(BadReply):
            await client.generate(ASK, tmp_path)
    async with open_service(service, sends_picture(service), max_bytes=5_000) as (_, client):
        with pytest.raises(BadReply):
            await client.generate(ASK, tmp_path)
    assert files_in(tmp_path) == []


@services_by_address
async def test_a_result_is_downloaded_from_its_address(service: Service, tmp_path: Path) -> None:
    async with open_service(service, names_address("/files/result")) as (scripted, client):
        scripted.references["/files/result"] = JPEG
        picture = await client.generate(ASK, tmp_path)
    assert picture.path.read_bytes() == JPEG
    assert files_in(tmp_path) == [picture.path.name]


async def test_an_address_with_half_of_a_surrogate_pair_is_a_bad_reply(tmp_path: Path) -> None:
    async def odd(_: web.Request) -> web.Response:
        return web.Response(body=b'{"data": [{"url": "https://pictures.example/\\ud800"}]}')

    async with open_service(named("ark"), odd) as (_, client):
        with pytest.raises(BadReply):
            await client.generate(ASK, tmp_path)
    assert files_in(tmp_path) == []


@services_by_address
async def test_a_result_that_a_crash_left_is_downloaded_and_not_paid_again(
    service: Service, tmp_path: Path
) -> None:
    kept = ListedAddresses()
    async with open_service(service, names_address("/files/result"), addresses=kept) as (scripted, client):
        kept.leave(tmp_path, ASK.model, f"{scripted.url}/files/result")
        kept.leave(tmp_path, "another-model", f"{scripted.url}/files/other")
        scripted.references["/files/result"] = JPEG
        picture = await client.generate(ASK, tmp_path)
        assert picture.path.read_bytes() == JPEG and scripted.requests == []
        assert picture.paid_before and not (await client.generate(ASK, tmp_path)).paid_before
        assert len(scripted.requests) == 1 and len(kept.stored) == 1


@services_by_address
async def test_an_address_is_stored_before_its_download_begins_and_until_the_picture_has_its_name(
    service: Service, tmp_path: Path
) -> None:
    kept, seen = ListedAddresses(), list[str]()
    async with open_service(service, names_address("/files/result"), addresses=kept) as (scripted, client):
        scripted.references["/files/result"] = JPEG
        scripted.on_download = lambda: seen.extend(kept.stored)
        kept.on_release = lambda: seen.extend(files_in(tmp_path))
        picture = await client.generate(ASK, tmp_path)
    assert seen == [f"{scripted.url}/files/result", picture.path.name] and not kept.stored


async def test_an_address_is_kept_while_its_server_is_away(tmp_path: Path) -> None:
    kept = ListedAddresses()
    async with open_service(named("ark"), names_address("/files/none"), addresses=kept) as (scripted, client):
        away = f"{scripted.url.replace('127.0.0.1', 'nowhere.invalid')}/x"
        kept.leave(tmp_path, ASK.model, away)
        with pytest.raises(RelayUnavailable) as caught:
            await client.generate(ASK, tmp_path)
        assert caught.value.paid is False
        assert list(kept.stored) == [away] and not scripted.requests
    assert files_in(tmp_path) == []


async def test_a_result_that_is_not_found_is_looked_for_again_before_another_is_paid(tmp_path: Path) -> None:
    kept = ListedAddresses()
    async with open_service(named("ark"), names_address("/files/late"), addresses=kept) as (scripted, client):
        with pytest.raises(RelayUnavailable) as late:
            await client.generate(ASK, tmp_path)
        assert late.value.paid and len(kept.stored) == 1
        scripted.references["/files/late"] = PNG
        assert (await client.generate(ASK, tmp_path)).paid_before
        assert len(scripted.requests) == 1 and not kept.stored
        kept.leave(tmp_path, ASK.model, f"{scripted.url}/files/gone")
        with pytest.raises(BadReply) as gone:
            await client.generate(ASK, tmp_path)
        assert gone.value.paid is False and not kept.stored, "the next attempt is another call"


@services_by_address
async def test_a_result_at_a_private_address_is_never_asked_for(service: Service, tmp_path: Path) -> None:
    async def private(_: web.Request) -> web.Response:
        return web.json_response({"data": [{"url": "http://169.254.169.254/latest/meta-data"}]})

    async with open_service(service, private) as (_, client):
        with pytest.raises(OperatorError) as caught:
            await client.generate(ASK, tmp_path)
    assert "not-public" in caught.value.detail
    assert caught.value.paid and not caught.value.retry, "another call would be paid for the same"


@services_by_address
async def test_a_data_url_where_an_address_is_expected_is_the_picture(
    service: Service, tmp_path: Path
) -> None:
    async def data_url(_: web.Request) -> web.Response:
        picture = json.loads(images_reply(PNG))["data"][0]["b64_json"]
        return web.json_response({"data": [{"url": f"data:image/png;base64,{picture}"}]})

    async with open_service(service, data_url) as (_, client):
        picture = await client.generate(ASK, tmp_path)
    assert picture.path.read_bytes() == PNG


@pytest.mark.parametrize("provider", ["ark", "openai-images"])
async def test_a_size_without_pixels_is_refused_without_a_call(provider: str, tmp_path: Path) -> None:
    async with open_service(named(provider), sends_picture(named(provider))) as (scripted, client):
        with pytest.raises(SizeRefused):
            await client.generate(ImageRequest(prompt="a fox", ratio="21:9", size="4K"), tmp_path)
    assert scripted.requests == []


@every_service
async def test_a_check_sends_no_prompt_and_reports_a_refused_key(service: Service) -> None:
    missing = says(400, {"error": {"code": "MissingParameter", "message": "prompt is required"}})
    async with open_service(service, missing) as (scripted, client):
        assert "HTTP 400" in await client.check()
        assert b"prompt" not in scripted.bodies[0]
    async with open_service(service, says(401, {"error": {"message": "invalid api key"}})) as (_, client):
        with pytest.raises(OperatorError):
            await client.check()
