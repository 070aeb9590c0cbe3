"""The relay client: refused tokens, and the free check."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bot.domain.errors import BotError, OperatorError, RelayUnavailable
from bot.providers.credentials import HelperCredentialProvider
from tests.support.relay.clients import relay_client
from tests.support.relay.scripted_relay import (
    ASK,
    PNG,
    TOKEN,
    Connect,
    Handler,
    ScriptedCheck,
    fixed,
    raw,
    refusal,
    reply_of,
    says,
)


def guard(good: set[str], calls: list[str], status: int = 401) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        calls.append(token)
        if token in good:
            return web.Response(body=reply_of(PNG))
        return web.json_response({"error": "Missing sandbox token"}, status=status)

    return answer


def with_helper(folder: Path) -> Callable[[str], HelperCredentialProvider]:
    """Build a provider with a real program that prints token-1, token-2, ..."""

    def of(url: str) -> HelperCredentialProvider:
        program, auth_file = folder / "the-helper", folder / "auth.json"
        program.write_text(
            f"#!{sys.executable} -IS\n"
            "from pathlib import Path\n"
            "runs = Path(__file__).with_name('runs')\n"
            "with runs.open('a') as file: file.write('x')\n"
            "print(f'token-{len(runs.read_text())}')\n"
        )
        program.chmod(0o755)
        auth_file.write_text(json.dumps({"sandbox": {"relay_url": url}}))
        return HelperCredentialProvider(str(program), auth_file, timeout=60)

    return of


@pytest.mark.parametrize("status", [401, 400, 403, 200])
async def test_a_refused_token_is_refreshed_and_the_call_repeated(
    connect: Connect, tmp_path: Path, status: int
) -> None:
    calls: list[str] = []
    client = await connect(guard({"token-2"}, calls, status), with_helper(tmp_path))
    assert (await client.generate(ASK, tmp_path / "out")).format == "png"
    assert calls == ["token-1", "token-2"]


async def test_a_token_refused_twice_is_an_operator_error(connect: Connect, tmp_path: Path) -> None:
    calls: list[str] = []
    client = await connect(guard(set(), calls), with_helper(tmp_path))
    assert isinstance(await refusal(client, tmp_path / "out"), OperatorError)
    assert calls == ["token-1", "token-2"]


async def test_twenty_calls_with_a_stale_token_run_the_helper_once(connect: Connect, tmp_path: Path) -> None:
    calls: list[str] = []
    client = await connect(guard({"token-2"}, calls), with_helper(tmp_path))
    pictures = await asyncio.gather(*(client.generate(ASK, tmp_path / "out") for _ in range(20)))
    assert len({picture.path for picture in pictures}) == 20
    assert (tmp_path / "runs").read_text() == "xx"
    assert (calls.count("token-1"), calls.count("token-2")) == (20, 20)


async def test_a_refused_static_token_is_not_retried(connect: Connect, tmp_path: Path) -> None:
    calls: list[str] = []
    client = await connect(guard(set(), calls))
    assert isinstance(await refusal(client, tmp_path), OperatorError)
    assert calls == [TOKEN]


async def test_the_check_sends_no_prompt_and_accepts_an_error_about_it(connect: Connect) -> None:
    bodies: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.json_response({"error": "prompt is required"}, status=400)

    assert "HTTP 400" in await (await connect(answer)).check()
    assert bodies == [{}]


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (says(401, {"error": "Missing sandbox token"}), OperatorError),
        (says(403, {"error": "Missing sandbox token"}), OperatorError),
        (says(404, ""), OperatorError),
        (says(502, "<html></html>"), RelayUnavailable),
        (says(302, "", Location="/login"), OperatorError),
    ],
)
async def test_the_check_raises_operator_errors_and_outages(
    connect: Connect, handler: Handler, error: type[BotError]
) -> None:
    client = await connect(handler)
    with pytest.raises(error):
        await client.check()


async def test_the_check_raises_for_an_unreachable_relay() -> None:
    async with raw(b"") as url:
        pass
    async with ClientSession() as session:
        with pytest.raises(RelayUnavailable):
            await relay_client(session, fixed(url), start_check=ScriptedCheck).check()
