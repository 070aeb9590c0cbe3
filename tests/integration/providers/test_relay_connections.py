"""Connections of the relay's client that fail, and a disk that does."""

from __future__ import annotations

import asyncio
import errno
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector, web
from aiohttp.test_utils import TestServer

from bot.domain.errors import (
    LocalFailure,
    OperatorError,
    RelayUnavailable,
)
from bot.domain.models import Picture
from bot.providers.credentials import Credentials, StaticCredentialProvider
from tests.support.no_names import NoNames
from tests.support.relay.clients import relay_client
from tests.support.relay.scripted_relay import (
    PNG,
    TOKEN,
    Connect,
    ScriptedCheck,
    fixed,
    left_in,
    raw,
    refusal,
    reply_of,
    says,
    sends,
)


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
