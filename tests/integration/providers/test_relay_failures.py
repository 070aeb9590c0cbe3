"""The relay client: every failure becomes one error and leaves no file."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from aiohttp import web

from bot.domain.errors import (
    BadReply,
    Blocked,
    BotError,
    OperatorError,
    PromptBlocked,
    ReferenceUnusable,
    RelayBusy,
    RelayUnavailable,
)
from bot.domain.models import ImageRequest, Picture
from bot.providers.credentials import CredentialProvider, StaticCredentialProvider
from tests.support.relay.scripted_relay import (
    ASK,
    PNG,
    TOKEN,
    Connect,
    Handler,
    left_in,
    refusal,
    reply_of,
    says,
    sends,
)


@pytest.mark.parametrize("options", [{"timeout": 0.1}, {"read_timeout": 0.1}])
@pytest.mark.parametrize("begun", [False, True])
async def test_a_hanging_relay_is_unavailable(
    connect: Connect, tmp_path: Path, options: dict[str, float], begun: bool
) -> None:
    release = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if begun:
            await response.prepare(request)
            await response.write(reply_of(PNG)[:1000])
        await release.wait()
        return response

    client = await connect(answer, **options)
    error = await refusal(client, tmp_path)
    release.set()
    assert isinstance(error, RelayUnavailable)


async def test_a_cancelled_call_leaves_no_file(connect: Connect, tmp_path: Path) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(reply_of(PNG)[:5000])
        begun.set()
        await release.wait()
        return response

    client = await connect(answer)
    task = asyncio.create_task(client.generate(ASK, tmp_path))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    release.set()
    assert not left_in(tmp_path)


async def test_a_cancelled_verification_leaves_no_file(connect: Connect, tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def stuck(_: Path) -> Picture:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task((await connect(sends(reply_of(PNG)), verify=stuck)).generate(ASK, tmp_path))
    await begun.wait()
    assert len(left_in(tmp_path)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not left_in(tmp_path)


async def test_bytes_without_a_picture_are_a_bad_reply(connect: Connect, tmp_path: Path) -> None:
    assert isinstance(await refusal(await connect(sends(reply_of(b"hello" * 99))), tmp_path), BadReply)


async def test_a_picture_over_the_limit_is_a_bad_reply(connect: Connect, tmp_path: Path) -> None:
    client = await connect(sends(reply_of(PNG)), max_bytes=len(PNG) - 1)
    assert isinstance(await refusal(client, tmp_path), BadReply)


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (says(502, "<html><body><h1>502 Bad Gateway</h1></body></html>"), RelayUnavailable),
        (says(504, ""), RelayUnavailable),
        (says(200, {"error": "No image generated", "message": "SAFETY"}), Blocked),
        (says(200, "<html>Log in to the hotel's network</html>"), BadReply),
        (says(200, ""), BadReply),
        (says(200, {}), BadReply),
        (
            says(200, {"error": "Request failed", "message": "Jimeng API error (400): 输入文本敏感"}),
            PromptBlocked,
        ),
        (says(500, {"error": {"code": "OutputImageRiskDetection"}}), Blocked),
        (says(403, {"error": {"code": "AccountOverdueError"}}), OperatorError),
        (says(404, "<html>not here</html>"), OperatorError),
        (says(400, "x" * 1_000_000), BotError),
    ],
)
async def test_each_refusal_becomes_one_error(
    connect: Connect, tmp_path: Path, handler: Handler, error: type[BotError]
) -> None:
    assert isinstance(await refusal(await connect(handler), tmp_path), error)


async def test_a_busy_relay_keeps_its_retry_after(connect: Connect, tmp_path: Path) -> None:
    error = await refusal(await connect(says(429, "", **{"Retry-After": "12"})), tmp_path)
    assert isinstance(error, RelayBusy)
    assert error.retry_after == 12


async def test_a_reference_is_not_blamed_where_there_is_none(connect: Connect, tmp_path: Path) -> None:
    client = await connect(says(413, ""))
    assert type(await refusal(client, tmp_path)) is BotError
    with_one = ImageRequest(prompt="p", reference="https://a.example/b.png")
    assert isinstance(await refusal(client, tmp_path, with_one), ReferenceUnusable)


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        (
            "a sensitive portrait that violates all policies",
            "A sensitive portrait that violates all policies",
        ),
        ("a sensitive portrait that violates all policies", "a sensitive portrait that viol..."),
        ("quota", "can't process 'quota'"),
        ("a busy street, no credits left", "text: a busy street, no credits left"),
    ],
)
async def test_text_that_only_repeats_the_prompt_decides_nothing(
    connect: Connect, tmp_path: Path, prompt: str, message: str
) -> None:
    client = await connect(says(400, {"error": {"message": message}}))
    assert type(await refusal(client, tmp_path, ImageRequest(prompt=prompt))) is BotError


async def test_masking_the_token_does_not_change_the_classification(connect: Connect, tmp_path: Path) -> None:
    code = {"error": {"code": "InputTextSensitiveContentDetected", "message": "no"}}

    def worded(url: str) -> CredentialProvider:
        return StaticCredentialProvider(url, "Text")

    relay = await connect(says(400, code), worded)
    with pytest.raises(PromptBlocked) as caught:
        await relay.generate(ASK, tmp_path)
    assert "Text" not in caught.value.detail


async def test_an_unknown_error_is_logged_once_without_the_token(
    connect: Connect, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = await connect(says(418, f"a riddle; you sent Bearer {TOKEN}"))
    with caplog.at_level(logging.DEBUG):
        error = await refusal(client, tmp_path)
    assert type(error) is BotError
    assert [record.levelname for record in caplog.records if "a riddle" in record.getMessage()] == ["WARNING"]
    assert TOKEN not in caplog.text
