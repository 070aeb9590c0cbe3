"""The relay client: every failure becomes one error and leaves no file."""

from __future__ import annotations

import asyncio
import errno
import logging
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector, web
from aiohttp.test_utils import TestServer

from bot.domain.errors import (
    BadReply,
    Blocked,
    BotError,
    LocalFailure,
    OperatorError,
    PromptBlocked,
    ReferenceUnusable,
    RelayBusy,
    RelayUnavailable,
)
from bot.domain.models import ImageRequest, Picture
from bot.providers.credentials import CredentialProvider, Credentials, StaticCredentialProvider
from tests.support.no_names import NoNames
from tests.support.relay.clients import relay_client
from tests.support.relay.scripted_relay import (
    ASK,
    PNG,
    TOKEN,
    Connect,
    Handler,
    ScriptedCheck,
    fixed,
    left_in,
    raw,
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


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(connect: Connect, tmp_path: Path, status: int) -> None:
    elsewhere: list[str] = []

    async def trap(request: web.Request) -> web.Response:
        elsewhere.append(request.path)
        return web.Response(body=reply_of(PNG))

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", trap)
    async with TestServer(app) as server:
        client = await connect(says(status, "", Location=str(server.make_url("/trap"))))
        assert isinstance(await refusal(client, tmp_path), OperatorError)
    assert not elsewhere


async def test_a_refused_connection_is_an_unavailable_relay(tmp_path: Path) -> None:
    async with raw(b"") as url:
        pass
    async with ClientSession() as session:
        client = relay_client(session, fixed(url), start_check=ScriptedCheck)
        error = await refusal(client, tmp_path)
        assert isinstance(error, RelayUnavailable)
        assert error.__cause__ is not None


async def test_an_unknown_host_is_an_unavailable_relay(tmp_path: Path) -> None:
    async with ClientSession(connector=TCPConnector(resolver=NoNames())) as session:
        client = relay_client(session, fixed("http://relay.example"), start_check=ScriptedCheck)
        assert isinstance(await refusal(client, tmp_path), RelayUnavailable)


def unreached(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    raise AssertionError("no handshake succeeds")


async def test_a_failed_handshake_is_an_unavailable_relay(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # it has no certificate
    server = await asyncio.start_server(unreached, "127.0.0.1", 0, ssl=context)
    async with server, ClientSession() as session:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = relay_client(session, fixed(url), start_check=ScriptedCheck)
        assert isinstance(await refusal(client, tmp_path), RelayUnavailable)


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "ftp://127.0.0.1",
        "http://127.0.0.1:99999",
        "http://[::1",
        "http://u:p@127.0.0.1:1",
        "relative",
        "",
    ],
)
async def test_an_unusable_url_is_an_operator_error(tmp_path: Path, url: str) -> None:
    class ProviderOf:
        async def get(self) -> Credentials:
            return Credentials(url, TOKEN)

        async def refresh(self, stale: Credentials) -> Credentials:
            return stale

    async with ClientSession() as session:
        assert isinstance(
            await refusal(relay_client(session, ProviderOf(), start_check=ScriptedCheck), tmp_path),
            OperatorError,
        )


async def test_a_session_closed_while_a_reply_arrives_is_an_unavailable_relay(
    connect: Connect, tmp_path: Path
) -> None:
    body, session = reply_of(PNG + bytes(8_000_000)), ClientSession()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(body[:200_000])
        await session.close()
        with suppress(ConnectionError):
            await response.write(body[200_000:])
        return response

    client = await connect(answer, session=session)
    assert (await refusal(client, tmp_path)).retry


async def test_threads_closed_during_verification_are_an_unavailable_relay(
    connect: Connect, tmp_path: Path
) -> None:
    async def closed(_: Path) -> Picture:
        raise RuntimeError("cannot schedule new futures after shutdown")

    client = await connect(sends(reply_of(PNG)), verify=closed)
    assert isinstance(await refusal(client, tmp_path), RelayUnavailable)
    assert not left_in(tmp_path)


async def test_a_closed_session_is_an_unavailable_relay(tmp_path: Path) -> None:
    session = ClientSession()
    await session.close()
    client = relay_client(
        session, StaticCredentialProvider("http://127.0.0.1:1", TOKEN), start_check=ScriptedCheck
    )
    assert isinstance(await refusal(client, tmp_path), RelayUnavailable)


async def test_a_folder_that_cannot_be_created_is_a_local_failure(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    client = await connect(sends(reply_of(PNG)))
    assert isinstance(await refusal(client, tmp_path / "file"), LocalFailure)


async def test_a_full_disk_is_a_local_failure(connect: Connect, tmp_path: Path) -> None:
    async def full(_: Path) -> Picture:
        raise OSError(errno.ENOSPC, "No space left on device")

    client = await connect(sends(reply_of(PNG)), verify=full)
    assert isinstance(await refusal(client, tmp_path), LocalFailure)
