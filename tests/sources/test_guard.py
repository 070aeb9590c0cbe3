from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import ReferenceProblem, ReferenceUnusable
from bot.models import Header, Reference
from bot.sources.guard import Guard, within_limits

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

PUBLIC = "8.8.8.8"


def png(width: int = 640, height: int = 480) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0" + b"\0" * 20
    )


def jpeg(filling: int) -> bytes:
    """Build a JPEG whose size stands behind so many segments of 60,000 bytes."""
    segment = b"\xff\xe1" + struct.pack(">H", 60_002) + b"\0" * 60_000
    return b"\xff\xd8" + segment * filling + b"\xff\xc0\0\x11\x08" + struct.pack(">HH", 480, 640) + b"\0" * 20


def sniff(head: bytes) -> Header | None:
    if head.startswith(b"\x89PNG") and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return Header(format="png", width=width, height=height)
    return sniff_jpeg(head) if head.startswith(b"\xff\xd8") else None


def sniff_jpeg(head: bytes) -> Header | None:
    at = 2
    while len(head) >= at + 9:
        if head[at + 1] == 0xC0:
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return Header(format="jpeg", width=width, height=height)
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return None


class Names(AbstractResolver):
    """Answers with the next of a name's given lists of addresses, the last one for ever."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self.answers[host.partition(".")[0]]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [self.entry(host, address, port) for address in addresses]

    def entry(self, host: str, address: str, port: int) -> ResolveResult:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)

    async def close(self) -> None:
        raise AssertionError("a given resolver is the caller's to close")


@asynccontextmanager
async def site(answer: Answer) -> AsyncGenerator[int]:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        yield server.make_url("/").port or 0


async def check(answer: Answer, *, seconds: float = 5.0) -> Reference:
    async with site(answer) as port, guard(port, timeout=seconds) as guarding:
        return await guarding.check(f"http://127.0.0.1:{port}/a.png")


def guard(*ports: int, timeout: float = 5.0, resolver: AbstractResolver | None = None) -> Guard:
    exceptions = [("127.0.0.1", port) for port in ports]
    return Guard(sniff=sniff, exceptions=exceptions, resolver=resolver, timeout=timeout)


def sends(body: bytes, **headers: str) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(
            body=body, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    return answer


def streams(first: bytes, chunk: bytes, times: int) -> Answer:
    """Send a body whose length isn't announced."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(first)
        for _ in range(times):
            await response.write(chunk)
        return response

    return answer


def redirects(to: str, status: int = 302) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": to})

    return answer


async def problem_of(trying: Awaitable[Reference]) -> ReferenceProblem:
    with pytest.raises(ReferenceUnusable) as refused:
        await trying
    return refused.value.problem


class Inside:
    """A machine that strangers must not reach: it hears every address of this host."""

    def __init__(self) -> None:
        # Anything narrower would not hear 127.0.0.2 or the host's own address.
        self.socket = socket.create_server(("", 0), backlog=128)
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]

    def connections(self) -> int:
        count = 0
        while True:
            try:
                self.socket.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@pytest.fixture(scope="module")
def inside() -> Iterator[Inside]:
    listening = Inside()
    with socket.create_connection(("127.0.0.1", listening.port)):
        assert listening.connections() == 1
    yield listening
    listening.socket.close()


# What comes through


async def test_a_picture_is_found_and_described() -> None:
    async with site(sends(png())) as port, guard(port) as guarding:
        url = f"http://127.0.0.1:{port}/a%20b.png?c=%2F"
        assert await guarding.check(url) == Reference(url=url, format="png", width=640, height=480)


async def test_the_type_a_server_claims_is_not_believed() -> None:
    assert (await check(sends(png(), Content_Type="text/html"))).format == "png"
    assert await problem_of(check(sends(b"<html>", Content_Type="image/png"))) == "not-picture"


async def test_a_server_hears_nothing_but_the_question() -> None:
    heard: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(dict(request.headers))
        return web.Response(status=302, headers={"Location": "/b", "Set-Cookie": "a=b"})

    assert await problem_of(check(answer)) == "unreachable"
    assert len(heard) == 4
    for headers in heard:
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
        assert headers["Accept-Encoding"] == "identity"


async def test_a_header_behind_much_else_is_found() -> None:
    assert (await check(sends(jpeg(100)))).width == 640


async def test_only_the_beginning_of_a_picture_is_fetched() -> None:
    sent = 0
    broken_off = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Length": "9000000"})
        await response.prepare(request)
        await response.write(png())
        try:
            while sent < 9_000_000 - len(png()):
                await response.write(b"\0" * 10_000)
                sent += 10_000
        finally:
            broken_off.set()
        return response

    async with site(answer) as port, guard(port) as guarding:
        assert (await guarding.check(f"http://127.0.0.1:{port}/")).width == 640
        await asyncio.wait_for(broken_off.wait(), 5)
    assert sent < 9_000_000


async def test_a_picture_of_unannounced_length_is_counted_to_its_end() -> None:
    assert (await check(streams(png(), b"\0" * 100_000, 90))).format == "png"


async def test_redirects_are_followed_and_the_last_address_is_the_answer() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        step = int(request.match_info["path"])
        return await (sends(png()) if step == 3 else redirects(f"../{step + 1}"))(request)

    async with site(answer) as port, guard(port) as guarding:
        found = await guarding.check(f"http://127.0.0.1:{port}/0")
        assert found.url == f"http://127.0.0.1:{port}/3"


# What doesn't answer


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500, 503, 304])
async def test_a_server_that_refuses_is_unreachable(status: int) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, body=None if status == 304 else png())

    assert await problem_of(check(answer)) == "unreachable"


async def test_a_redirect_without_an_aim_is_unreachable() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, body=png())

    assert await problem_of(check(answer)) == "unreachable"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_in_a_circle_is_unreachable(status: int) -> None:
    assert await problem_of(check(redirects("/again", status))) == "unreachable"


async def test_a_server_that_never_answers_is_unreachable() -> None:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    assert await problem_of(check(answer, seconds=0.1)) == "unreachable"


async def test_a_body_that_stops_in_its_middle_is_unreachable() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "5000"})
        await response.prepare(request)
        await response.write(jpeg(1)[:2000])
        await asyncio.Event().wait()
        return response

    assert await problem_of(check(answer, seconds=0.2)) == "unreachable"


async def test_all_redirects_share_one_time() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/last":
            await asyncio.Event().wait()
        return web.Response(status=302, headers={"Location": "/last"})

    assert await problem_of(check(answer, seconds=0.2)) == "unreachable"


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + jpeg(1)[:2000],
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_server_that_speaks_no_clean_http_is_unreachable(wire: bytes, scheme: str) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(wire)
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
        async with guard(port) as guarding:
            assert await problem_of(guarding.check(f"{scheme}://127.0.0.1:{port}/")) == "unreachable"


async def test_a_closed_port_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    async with guard(port) as guarding:
        assert await problem_of(guarding.check(f"http://127.0.0.1:{port}/")) == "unreachable"


async def test_a_name_that_is_not_known_is_unreachable() -> None:
    async with guard() as guarding:
        assert await problem_of(guarding.check("http://nobody.invalid/a.png")) == "unreachable"


# What is no picture the service takes


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><html><body><svg></svg></body></html>",
        b"<?xml version='1.0'?><rss></rss>",
        b'{"error": "no"}',
        b"%PDF-1.7",
        b"PK\x03\x04" + b"\0" * 5000,
        b"\0\0\0\x20ftypisom" + b"\0" * 5000,
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0 and no more",
        b"\0" * 5000,
    ],
)
async def test_other_things_than_pictures_are_told_apart(body: bytes) -> None:
    assert await problem_of(check(sends(body))) == "not-picture"
    assert await problem_of(check(streams(body[:3], body[3:], 1))) == "not-picture"


@pytest.mark.parametrize(
    "body",
    [
        b"\0\0\0\x20ftypavif\0\0\0\0",
        b"\0\0\0\x20ftypavis\0\0\0\0",
        b"\0\0\0\x20ftypheic\0\0\0\0",
        b"\0\0\0\x20ftypheix\0\0\0\0",
        b"\0\0\0\x20ftypmif1\0\0\0\0",
        b"\xff\x0a\x01\x02",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"8BPS\0\1",
        b"\0\0\1\0\1\0\x10\x10",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- drawn -->\n<svg width='5'/>",
        b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' ''><svg>",
    ],
)
@pytest.mark.parametrize("filling", [b"", b" " * 5000])
async def test_a_picture_of_a_foreign_kind_is_named_so(body: bytes, filling: bytes) -> None:
    assert await problem_of(check(sends(body + filling))) == "format"


async def test_something_packed_is_never_unpacked() -> None:
    bomb = gzip.compress(png() + b"\0" * 50_000_000)
    assert await problem_of(check(sends(bomb, Content_Encoding="gzip"))) == "not-picture"
    assert await problem_of(check(sends(bomb))) == "not-picture"


# What is too much


async def test_a_picture_announced_as_too_big_is_too_big() -> None:
    assert await problem_of(check(sends(png() + b"\0" * 10_000_000))) == "too-big"


async def test_what_is_announced_as_too_big_is_not_waited_for() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "10000001"})
        await response.prepare(request)
        await response.write(jpeg(1)[:2000])
        await asyncio.Event().wait()
        return response

    assert await problem_of(check(answer)) == "too-big"


async def test_a_body_without_end_is_too_big() -> None:
    assert await problem_of(check(streams(png(), b"\0" * 1_000_000, 10**6))) == "too-big"


async def test_a_header_that_never_comes_is_too_big() -> None:
    assert await problem_of(check(streams(b"\xff\xd8", jpeg(1)[2:60_006], 10**6))) == "too-big"


async def test_text_without_end_is_no_picture() -> None:
    assert await problem_of(check(streams(b"<html>", b"a" * 100_000, 10**6))) == "not-picture"


async def test_a_header_is_not_looked_for_beyond_its_limit() -> None:
    async with site(sends(jpeg(10))) as port:
        guarding = Guard(sniff=sniff, exceptions=[("127.0.0.1", port)], max_bytes=200_000)
        assert await problem_of(guarding.check(f"http://127.0.0.1:{port}/")) == "not-picture"
        await guarding.close()


async def test_a_small_picture_of_the_wrong_shape_is_refused_by_its_header() -> None:
    assert await problem_of(check(sends(png(14, 14)))) == "too-small"
    assert await problem_of(check(sends(png(1700, 100)))) == "shape"
    assert await problem_of(check(streams(png(6001, 6000), b"\0" * 1_000_000, 10**6))) == "pixels"


@pytest.mark.parametrize(
    ("content_type", "width", "height", "size", "problem"),
    [
        ("image/png", 6000, 6000, 10_000_000, None),
        ("image/JPEG; charset=x", 15, 240, 1, None),
        ("image/tiff", None, None, 5, None),
        (None, 100, 100, None, None),
        ("image/avif", 100, 100, 5, "format"),
        ("image/svg+xml", None, None, 5, "format"),
        ("video/mp4", 100, 100, 5, "not-picture"),
        ("", 100, 100, 5, "not-picture"),
        ("image/png", 100, 100, 10_000_001, "too-big"),
        ("image/png", 14, 100, 5, "too-small"),
        ("image/png", 100, 14, 5, "too-small"),
        ("image/png", 15, 241, 5, "shape"),
        ("image/png", 241, 15, 5, "shape"),
        ("image/png", 6000, 6001, 5, "pixels"),
    ],
)
def test_known_facts_are_held_against_the_services_limits(
    content_type: str | None, width: int | None, height: int | None, size: int | None, problem: str | None
) -> None:
    found = None
    try:
        within_limits(content_type=content_type, width=width, height=height, size=size)
    except ReferenceUnusable as refused:
        found = refused.problem
    assert found == problem


# What lies on the inside


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
    ],
)
async def test_nothing_inside_is_ever_connected_to(inside: Inside, host: str) -> None:
    async with guard() as guarding:
        assert await problem_of(guarding.check(f"http://{host}:{inside.port}/")) == "not-public"
    assert inside.connections() == 0


inner = st.one_of(
    st.integers(0x7F000000, 0x7FFFFFFF),
    st.sampled_from([0, 0x7F000001, 0xA9FEA9FE, 0xFFFFFFFF]),
    st.integers(0x0A000000, 0x0AFFFFFF),
    st.integers(0xE0000000, 0xFFFFFFFF),
)


@settings(max_examples=60, deadline=None)
@given(inner, st.integers(0, 9))
@example(0x7F000001, 0)
def test_no_spelling_of_an_inner_address_opens_a_connection(inside: Inside, number: int, form: int) -> None:
    a, b, c, d = number.to_bytes(4, "big")
    dotted = f"{a}.{b}.{c}.{d}"
    host = [
        dotted,
        str(number),
        f"{number:#x}",
        f"0{number:o}",
        f"0{a:o}.{b:#x}.{c}.{d}",
        f"{a}.{b << 16 | c << 8 | d}",
        f"[::ffff:{dotted}]",
        f"[64:ff9b::{dotted}]",
        f"[64:ff9b:1::{dotted}]",
        f"[::{dotted}]",
    ][form]

    async def attempt() -> None:
        named = Names(pictures=[[host.strip("[]")]]) if form in (0, 6, 7, 8, 9) else None
        async with guard(resolver=named) as guarding:
            assert await problem_of(guarding.check(f"http://{host}:{inside.port}/")) == "not-public"
            if named:
                to = f"http://pictures.example.com:{inside.port}/"
                assert await problem_of(guarding.check(to)) == "not-public"

    asyncio.run(attempt())
    assert inside.connections() == 0


async def test_a_name_with_one_inner_address_among_public_ones_is_refused(inside: Inside) -> None:
    names = Names(mixed=[[PUBLIC, "127.0.0.1"]], xedim=[["::1", "2606:4700::1111"]])
    async with guard(resolver=names) as guarding:
        for name in ("mixed", "xedim"):
            assert (
                await problem_of(guarding.check(f"http://{name}.example.com:{inside.port}/")) == "not-public"
            )
    assert inside.connections() == 0


async def test_a_name_that_turns_inward_between_two_looks_is_refused(inside: Inside) -> None:
    """An answer that is public when it is judged and inner when it is connected to."""

    class Turning(dict[str, object]):
        looks = 0

        def __getitem__(self, key: str) -> object:
            if key != "host":
                return super().__getitem__(key)
            self.looks += 1
            return PUBLIC if self.looks == 1 else "127.0.0.1"

    turned: list[Turning] = []

    class TurningNames(Names):
        def entry(self, host: str, address: str, port: int) -> ResolveResult:
            turned.append(Turning(super().entry(host, address, port)))
            return turned[-1]  # pyright: ignore[reportReturnType]  # it only has to look like one

    for answer in ([PUBLIC], [PUBLIC, PUBLIC]):
        async with guard(resolver=TurningNames(turning=[answer])) as guarding:
            to = f"http://turning.example.com:{inside.port}/"
            assert await problem_of(guarding.check(to)) == "not-public"
        assert turned.pop(0).looks == 2
        turned.clear()
    assert inside.connections() == 0


async def test_a_name_is_judged_anew_at_every_redirect(inside: Inside) -> None:
    async with site(redirects(f"http://rebound.example.com:{inside.port}/")) as port:
        names = Names(rebound=[["127.0.0.1"]])
        exceptions = [("rebound.example.com", port)]
        async with Guard(sniff=sniff, exceptions=exceptions, resolver=names) as guarding:
            first = f"http://rebound.example.com:{port}/"
            assert await problem_of(guarding.check(first)) == "not-public"
        assert names.asked == ["rebound.example.com"] * 2
    assert inside.connections() == 0


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:{inside}/",
        "//127.1:{inside}/",
        "http://localhost:{inside}/",
        "http://inner.example.com:{inside}/",
        "http://inner.example.com:{port}/",
        "http://127.1:{port}/",
        "http://user@127.0.0.1:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{inside}/",
        "http://[::1/",
    ],
)
async def test_no_redirect_leads_inside(inside: Inside, to: str) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        location = to.format(inside=inside.port, port=request.url.port)
        return web.Response(status=302, headers={"Location": location})

    async with site(answer) as port, guard(port, resolver=Names(inner=[["127.0.0.1"]])) as guarding:
        problem = await problem_of(guarding.check(f"http://127.0.0.1:{port}/"))
    assert problem == ("unreachable" if to == "http://[::1/" else "not-public")
    assert asked == 1
    assert inside.connections() == 0


async def test_a_refusal_does_not_tell_whether_anyone_listens(inside: Inside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed: int = server.getsockname()[1]
    said: list[tuple[str, str]] = []
    async with guard(resolver=Names(inner=[["127.0.0.1"]])) as guarding:
        for host in ("127.0.0.1", "inner.example.com"):
            for port in (inside.port, closed):
                with pytest.raises(ReferenceUnusable) as refused:
                    await guarding.check(f"http://{host}:{port}/")
                said.append((refused.value.problem, refused.value.detail))
    assert said[0] == said[1]
    assert said[2] == said[3]
    assert inside.connections() == 0
