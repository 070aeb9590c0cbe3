from __future__ import annotations

import asyncio
import base64
import errno
import gzip
import json
import logging
import ssl
import sys
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector, web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from bot.errors import (
    BadReply,
    Blocked,
    BotError,
    OperatorError,
    PromptBlocked,
    ReferenceUnusable,
    RelayBusy,
    RelayUnavailable,
)
from bot.models import ImageRequest, Picture
from bot.relay.client import RelayClient
from bot.relay.credentials import Access, Credentials, FixedCredentials, HelperCredentials

TOKEN = "s3cret-token"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
ASK = ImageRequest(prompt="一只狐狸 in the snow", ratio="16:9", size="4K")
PATH = "/api/data/jimeng/generate"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Connect = Callable[..., Awaitable[RelayClient]]


def reply_of(picture: bytes) -> bytes:
    encoded = base64.b64encode(picture).decode()
    image = {"base64": encoded, "mimeType": "image/png", "dataUrl": f"data:image/png;base64,{encoded}"}
    return json.dumps({"image": image, "description": None}).encode()


def says(status: int, body: str | dict[str, Any], **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers=headers)

    return answer


def sends(body: bytes, **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers=headers)

    return answer


async def verify(file: Path) -> Picture:
    start = (await asyncio.to_thread(file.read_bytes))[:4]
    if start not in (PNG[:4], JPEG[:4]):
        raise BadReply("no picture")
    return Picture(path=file, format="png" if start == PNG[:4] else "jpeg", width=1, height=1)


def fixed(url: str) -> FixedCredentials:
    return FixedCredentials(url, TOKEN)


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Open a client of a relay that answers as told."""
    async with AsyncExitStack() as stack:

        async def to(
            handler: Handler, credentials: Callable[[str], Credentials] = fixed, **options: Any
        ) -> RelayClient:
            app = web.Application()
            app.router.add_post(PATH, handler)
            server = await stack.enter_async_context(TestServer(app))
            session = await stack.enter_async_context(options.pop("session", None) or ClientSession())
            check = options.pop("verify", verify)
            return RelayClient(session, credentials(str(server.make_url("/"))), verify=check, **options)

        yield to


@asynccontextmanager
async def raw(answer: bytes, *, reset: bool = False) -> AsyncGenerator[str]:
    """Serve bytes as they are and hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(answer)
        await writer.drain()
        if reset:
            writer.transport.abort()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def everything_told(error: BaseException) -> str:
    chain, at = [repr(error), str(vars(error))], error.__cause__ or error.__context__
    while at is not None:
        chain += [repr(at), str(vars(at))]
        at = at.__cause__ or at.__context__
    return "\n".join(["".join(traceback.format_exception(error)), *chain])


async def refusal(client: RelayClient, into: Path, request: ImageRequest = ASK) -> BotError:
    with pytest.raises(BotError) as caught:
        await client.generate(request, into)
    assert TOKEN not in everything_told(caught.value)
    assert not left_in(into)
    return caught.value


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


async def test_a_picture_arrives_under_a_name_of_its_real_format(connect: Connect, tmp_path: Path) -> None:
    client = await connect(sends(reply_of(JPEG)))
    picture = await client.generate(ASK, tmp_path / "new" / "folder")
    assert picture.format == "jpeg"
    assert picture.path.suffix == ".jpg"
    assert picture.path.read_bytes() == JPEG
    assert left_in(tmp_path / "new" / "folder") == [picture.path]


async def test_pictures_of_one_folder_do_not_share_names(connect: Connect, tmp_path: Path) -> None:
    client = await connect(sends(reply_of(PNG)))
    pictures = await asyncio.gather(*(client.generate(ASK, tmp_path) for _ in range(8)))
    assert sorted(picture.path for picture in pictures) == sorted(left_in(tmp_path))
    assert {picture.path.suffix for picture in pictures} == {".png"}


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (ASK, {"prompt": ASK.prompt, "size": "4K", "aspectRatio": "16:9", "model": "seedream-4.5"}),
        (
            ImageRequest(prompt="p", model="m", reference="https://a.example/b.png?c=d"),
            {
                "prompt": "p",
                "size": "2K",
                "aspectRatio": "1:1",
                "model": "m",
                "image": "https://a.example/b.png?c=d",
            },
        ),
    ],
)
async def test_only_documented_fields_are_sent(
    connect: Connect, tmp_path: Path, request_: ImageRequest, body: dict[str, str]
) -> None:
    seen: list[tuple[Any, str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((await request.json(), request.headers["Authorization"], request.content_type))
        return web.Response(body=reply_of(PNG))

    await (await connect(answer)).generate(request_, tmp_path)
    assert seen == [(body, f"Bearer {TOKEN}", "application/json")]


@pytest.mark.parametrize("kind", ["image/png", "text/html", "application/octet-stream; charset=x"])
async def test_the_content_type_of_a_picture_does_not_matter(
    connect: Connect, tmp_path: Path, kind: str
) -> None:
    client = await connect(sends(reply_of(PNG), **{"Content-Type": kind}))
    assert (await client.generate(ASK, tmp_path)).path.read_bytes() == PNG


async def test_any_good_status_with_a_picture_is_taken(connect: Connect, tmp_path: Path) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=201, body=reply_of(PNG))

    assert (await (await connect(answer)).generate(ASK, tmp_path)).format == "png"


async def test_a_gzipped_reply_is_read(connect: Connect, tmp_path: Path) -> None:
    client = await connect(sends(gzip.compress(reply_of(PNG)), **{"Content-Encoding": "gzip"}))
    assert (await client.generate(ASK, tmp_path)).path.read_bytes() == PNG


@pytest.mark.parametrize(
    "damage", [b"not gzip at all" * 50, gzip.compress(reply_of(PNG))[:300] + b"\0" * 500]
)
async def test_broken_gzip_is_a_bad_reply(connect: Connect, tmp_path: Path, damage: bytes) -> None:
    client = await connect(sends(damage, **{"Content-Encoding": "gzip"}))
    assert isinstance(await refusal(client, tmp_path), BadReply)


async def test_a_reply_in_small_pieces_is_read(connect: Connect, tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        body = reply_of(PNG)
        for at in range(0, len(body), 997):
            await response.write(body[at : at + 997])
            await asyncio.sleep(0)
        await response.write_eof()
        return response

    assert (await (await connect(answer)).generate(ASK, tmp_path)).path.read_bytes() == PNG


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4])
async def test_a_cut_off_reply_is_a_bad_reply(tmp_path: Path, share: float) -> None:
    body = reply_of(PNG)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with raw(head + body[: int(len(body) * share)]) as url, ClientSession() as session:
        client = RelayClient(session, fixed(url), verify=verify)
        assert isinstance(await refusal(client, tmp_path), BadReply)


async def test_a_cut_off_refusal_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9000\r\n\r\n"
    body = b'{"error": {"code": "InputTextSensitiveContentDetected", "mess'
    async with raw(head + body) as url, ClientSession() as session:
        client = RelayClient(session, fixed(url), verify=verify)
        assert isinstance(await refusal(client, tmp_path), PromptBlocked)


@pytest.mark.parametrize(
    ("answer", "reset"),
    [
        (b"", False),
        (b"", True),
        (b"HTTP/1.1 200 OK\r\nContent-Le", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", False),
        (b"SSH-2.0-OpenSSH_9.2\r\n", False),
    ],
)
async def test_what_is_not_http_is_an_unavailable_relay(tmp_path: Path, answer: bytes, reset: bool) -> None:
    async with raw(answer, reset=reset) as url, ClientSession() as session:
        client = RelayClient(session, fixed(url), verify=verify)
        assert isinstance(await refusal(client, tmp_path), RelayUnavailable)


async def test_a_reset_in_the_middle_passes_by_itself(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"
    async with raw(head + reply_of(PNG)[:500], reset=True) as url, ClientSession() as session:
        client = RelayClient(session, fixed(url), verify=verify)
        assert (await refusal(client, tmp_path)).retry


async def test_a_chunked_reply_that_ends_early_is_a_bad_reply(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n"
    async with raw(head + reply_of(PNG)[:256] + b"\r\n") as url, ClientSession() as session:
        client = RelayClient(session, fixed(url), verify=verify)
        assert isinstance(await refusal(client, tmp_path), BadReply)


@pytest.mark.parametrize("options", [{"timeout": 0.1}, {"read_timeout": 0.1}])
@pytest.mark.parametrize("begun", [False, True])
async def test_a_relay_that_hangs_is_unavailable(
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


async def test_nothing_is_left_when_a_call_is_cancelled(connect: Connect, tmp_path: Path) -> None:
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


async def test_nothing_is_left_when_a_check_is_cancelled(connect: Connect, tmp_path: Path) -> None:
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


async def test_bytes_that_are_no_picture_are_a_bad_reply(connect: Connect, tmp_path: Path) -> None:
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


async def test_a_busy_relay_says_for_how_long(connect: Connect, tmp_path: Path) -> None:
    error = await refusal(await connect(says(429, "", **{"Retry-After": "12"})), tmp_path)
    assert isinstance(error, RelayBusy)
    assert error.retry_after == 12


async def test_a_reference_is_not_blamed_where_there_is_none(connect: Connect, tmp_path: Path) -> None:
    client = await connect(says(413, ""))
    assert type(await refusal(client, tmp_path)) is BotError
    with_one = ImageRequest(prompt="p", reference="https://a.example/b.png")
    assert isinstance(await refusal(client, tmp_path, with_one), ReferenceUnusable)


async def test_a_token_that_is_also_a_word_does_not_hide_what_the_relay_says(
    connect: Connect, tmp_path: Path
) -> None:
    code = {"error": {"code": "InputTextSensitiveContentDetected", "message": "no"}}

    def worded(url: str) -> Credentials:
        return FixedCredentials(url, "Text")

    relay = await connect(says(400, code), worded)
    with pytest.raises(PromptBlocked) as caught:
        await relay.generate(ASK, tmp_path)
    assert "Text" not in caught.value.detail


async def test_an_unknown_answer_is_logged_once_without_the_token(
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
        assert isinstance(await refusal(client, tmp_path), RelayUnavailable)
    assert not elsewhere


async def test_a_refused_connection_is_an_unavailable_relay(tmp_path: Path) -> None:
    async with raw(b"") as url:
        pass
    async with ClientSession() as session:
        client = RelayClient(session, fixed(url), verify=verify)
        error = await refusal(client, tmp_path)
        assert isinstance(error, RelayUnavailable)
        assert error.__cause__ is not None


async def test_an_unknown_host_is_an_unavailable_relay(tmp_path: Path) -> None:
    class NoNames(AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
            raise OSError(f"{host} is unknown")

        async def close(self) -> None:
            pass

    async with ClientSession(connector=TCPConnector(resolver=NoNames())) as session:
        client = RelayClient(session, fixed("http://relay.example"), verify=verify)
        assert isinstance(await refusal(client, tmp_path), RelayUnavailable)


def unmet(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    raise AssertionError("nobody gets past the handshake")


async def test_a_failed_handshake_is_an_unavailable_relay(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # it has no certificate to show
    server = await asyncio.start_server(unmet, "127.0.0.1", 0, ssl=context)
    async with server, ClientSession() as session:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = RelayClient(session, fixed(url), verify=verify)
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
async def test_an_unusable_address_is_the_operators_problem(tmp_path: Path, url: str) -> None:
    class Told:
        async def access(self) -> Access:
            return Access(url, TOKEN)

        async def renew(self, stale: Access) -> Access:
            return stale

    async with ClientSession() as session:
        assert isinstance(await refusal(RelayClient(session, Told(), verify=verify), tmp_path), OperatorError)


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


async def test_threads_closed_under_a_check_are_an_unavailable_relay(
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
    client = RelayClient(session, FixedCredentials("http://127.0.0.1:1", TOKEN), verify=verify)
    assert isinstance(await refusal(client, tmp_path), RelayUnavailable)


async def test_a_folder_that_cannot_be_made_is_the_operators_problem(
    connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    client = await connect(sends(reply_of(PNG)))
    assert isinstance(await refusal(client, tmp_path / "file"), OperatorError)


async def test_a_full_disk_is_the_operators_problem(connect: Connect, tmp_path: Path) -> None:
    async def full(_: Path) -> Picture:
        raise OSError(errno.ENOSPC, "No space left on device")

    client = await connect(sends(reply_of(PNG)), verify=full)
    assert isinstance(await refusal(client, tmp_path), OperatorError)


def guard(good: set[str], calls: list[str], status: int = 401) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        calls.append(token)
        if token in good:
            return web.Response(body=reply_of(PNG))
        return web.json_response({"error": "Missing sandbox token"}, status=status)

    return answer


def with_helper(folder: Path) -> Callable[[str], HelperCredentials]:
    """Let a real program print token-1, token-2, ... for the relay."""

    def of(url: str) -> HelperCredentials:
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
        return HelperCredentials(str(program), auth_file)

    return of


@pytest.mark.parametrize("status", [401, 400, 403, 200])
async def test_a_refused_token_is_renewed_and_the_call_repeated(
    connect: Connect, tmp_path: Path, status: int
) -> None:
    calls: list[str] = []
    client = await connect(guard({"token-2"}, calls, status), with_helper(tmp_path))
    assert (await client.generate(ASK, tmp_path / "out")).format == "png"
    assert calls == ["token-1", "token-2"]


async def test_a_token_refused_twice_is_the_operators_problem(connect: Connect, tmp_path: Path) -> None:
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


async def test_a_fixed_token_that_is_refused_is_not_tried_again(connect: Connect, tmp_path: Path) -> None:
    calls: list[str] = []
    client = await connect(guard(set(), calls))
    assert isinstance(await refusal(client, tmp_path), OperatorError)
    assert calls == [TOKEN]


async def test_the_check_sends_no_prompt_and_takes_a_complaint_for_an_answer(connect: Connect) -> None:
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
        (says(302, "", Location="/login"), RelayUnavailable),
    ],
)
async def test_the_check_raises_what_the_operator_has_to_mend(
    connect: Connect, handler: Handler, error: type[BotError]
) -> None:
    client = await connect(handler)
    with pytest.raises(error):
        await client.check()


async def test_the_check_tells_of_a_relay_out_of_reach() -> None:
    async with raw(b"") as url:
        pass
    async with ClientSession() as session:
        with pytest.raises(RelayUnavailable):
            await RelayClient(session, fixed(url), verify=verify).check()
