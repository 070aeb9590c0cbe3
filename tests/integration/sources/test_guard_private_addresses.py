"""The guard never connects to the operator's own network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.errors import ReferenceUnusable
from bot.pictures.sniff import HeaderReader
from bot.sources.guard import Guard
from tests.support.reference_sites import guard, problem_of, redirects, site

PUBLIC = "8.8.8.8"


class Names(AbstractResolver):
    """Resolves a name to the next of its lists of addresses, repeating the last one."""

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
        raise AssertionError("the caller closes a resolver that it passes")


class PrivateHost:
    """A listener on every address of this host that nothing may connect to."""

    def __init__(self) -> None:
        # A narrower address would miss connections to 127.0.0.2 or the host's own address.
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
def private_host() -> Iterator[PrivateHost]:
    listening = PrivateHost()
    with socket.create_connection(("127.0.0.1", listening.port)):
        assert listening.connections() == 1
    yield listening
    listening.socket.close()


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
async def test_private_hosts_are_never_connected_to(private_host: PrivateHost, host: str) -> None:
    async with guard() as guarding:
        assert await problem_of(guarding.check(f"http://{host}:{private_host.port}/")) == "not-public"
    assert private_host.connections() == 0


inner = st.one_of(
    st.integers(0x7F000000, 0x7FFFFFFF),
    st.sampled_from([0, 0x7F000001, 0xA9FEA9FE, 0xFFFFFFFF]),
    st.integers(0x0A000000, 0x0AFFFFFF),
    st.integers(0xE0000000, 0xFFFFFFFF),
)


@given(inner, st.integers(0, 9))
@example(0x7F000001, 0)
def test_no_spelling_of_a_private_address_opens_a_connection(
    private_host: PrivateHost, number: int, form: int
) -> None:
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
            assert await problem_of(guarding.check(f"http://{host}:{private_host.port}/")) == "not-public"
            if named:
                to = f"http://pictures.example.com:{private_host.port}/"
                assert await problem_of(guarding.check(to)) == "not-public"

    asyncio.run(attempt())
    assert private_host.connections() == 0


async def test_a_name_with_one_private_address_among_public_ones_is_refused(
    private_host: PrivateHost,
) -> None:
    names = Names(mixed=[[PUBLIC, "127.0.0.1"]], xedim=[["::1", "2606:4700::1111"]])
    async with guard(resolver=names) as guarding:
        for name in ("mixed", "xedim"):
            assert (
                await problem_of(guarding.check(f"http://{name}.example.com:{private_host.port}/"))
                == "not-public"
            )
    assert private_host.connections() == 0


async def test_a_name_that_becomes_private_between_check_and_connect_is_refused(
    private_host: PrivateHost,
) -> None:
    """A result that is public when it is checked and private when it is connected to."""

    class ChangingResult(dict[str, object]):
        reads = 0

        def __getitem__(self, key: str) -> object:
            if key != "host":
                return super().__getitem__(key)
            self.reads += 1
            return PUBLIC if self.reads == 1 else "127.0.0.1"

    results: list[ChangingResult] = []

    class ChangingNames(Names):
        def entry(self, host: str, address: str, port: int) -> ResolveResult:
            results.append(ChangingResult(super().entry(host, address, port)))
            return results[-1]  # pyright: ignore[reportReturnType]  # duck typing is enough here

    for answer in ([PUBLIC], [PUBLIC, PUBLIC]):
        async with guard(resolver=ChangingNames(turning=[answer])) as guarding:
            to = f"http://turning.example.com:{private_host.port}/"
            assert await problem_of(guarding.check(to)) == "not-public"
        assert results.pop(0).reads == 2
        results.clear()
    assert private_host.connections() == 0


async def test_a_name_is_checked_again_at_every_redirect(private_host: PrivateHost) -> None:
    async with site(redirects(f"http://rebound.example.com:{private_host.port}/")) as port:
        names = Names(rebound=[["127.0.0.1"]])
        exceptions = [("rebound.example.com", port)]
        async with Guard(sniff=HeaderReader, exceptions=exceptions, resolver=names, timeout=3600) as guarding:
            first = f"http://rebound.example.com:{port}/"
            assert await problem_of(guarding.check(first)) == "not-public"
        assert names.asked == ["rebound.example.com"] * 2
    assert private_host.connections() == 0


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
async def test_no_redirect_reaches_a_private_address(private_host: PrivateHost, to: str) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        location = to.format(inside=private_host.port, port=request.url.port)
        return web.Response(status=302, headers={"Location": location})

    async with site(answer) as port, guard(port, resolver=Names(inner=[["127.0.0.1"]])) as guarding:
        problem = await problem_of(guarding.check(f"http://127.0.0.1:{port}/"))
    assert problem == ("unreachable" if to == "http://[::1/" else "not-public")
    assert asked == 1
    assert private_host.connections() == 0


async def test_a_refusal_does_not_reveal_open_ports(private_host: PrivateHost) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed: int = server.getsockname()[1]
    said: list[tuple[str, str]] = []
    async with guard(resolver=Names(inner=[["127.0.0.1"]])) as guarding:
        for host in ("127.0.0.1", "inner.example.com"):
            for port in (private_host.port, closed):
                with pytest.raises(ReferenceUnusable) as refused:
                    await guarding.check(f"http://{host}:{port}/")
                said.append((refused.value.problem, refused.value.detail))
    assert said[0] == said[1]
    assert said[2] == said[3]
    assert private_host.connections() == 0


class NamesWithoutAddresses(Names):
    """A resolver that finds no address, or can't encode the name."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host.startswith("odd"):
            raise UnicodeError("label empty or too long")
        return []


@pytest.mark.parametrize("host", ["empty.example", "odd.example"])
async def test_a_name_without_addresses_is_unreachable(host: str) -> None:
    async with guard(resolver=NamesWithoutAddresses()) as guarding:
        assert await problem_of(guarding.check(f"http://{host}/a.png")) == "unreachable"
