"""The system resolver: dead names neither block others nor delay the exit."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from bot.domain.models import Reference
from bot.pictures.sniff import HeaderReader
from bot.services.member_limits import MemberLimiter
from bot.sources.guard import Guard
from bot.sources.resolvers import SystemResolver
from tests.support.reference_sites import guard, png, problem_of, sends, site


@pytest.fixture
def dead_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let names that begin with "dead" block their look-up, and resolve all others to this host."""
    release = threading.Event()

    def getaddrinfo(host: str, port: int, *_: Any) -> list[Any]:
        if host.startswith("dead"):
            release.wait(30)
            raise socket.gaierror("no answer")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    release.set()


async def test_dead_names_do_not_hold_up_other_names(dead_names: None) -> None:
    async with site(sends(png())) as port:
        exceptions = [("alive.example.com", port)]
        async with Guard(sniff=HeaderReader, exceptions=exceptions, timeout=3600) as guarding:
            dead = [
                asyncio.create_task(problem_of(guarding.check(f"http://dead{n}.example.com/")))
                for n in range(20)
            ]
            await asyncio.sleep(0)
            found = await guarding.check(f"http://alive.example.com:{port}/")
            assert found.format == "png"
            for task in dead:
                task.cancel()
            await asyncio.gather(*dead, return_exceptions=True)


async def test_dead_names_of_one_member_do_not_delay_another_members_link(dead_names: None) -> None:
    alice, bob = 1, 2
    async with site(sends(png())) as port:
        exceptions = [("alive.example.com", port)]
        limiter = MemberLimiter(total=3, timeout=0)
        async with Guard(sniff=HeaderReader, exceptions=exceptions, timeout=3600) as guarding:

            async def check(user_id: int, url: str) -> Reference:
                async with limiter.permit(user_id):
                    return await guarding.check(url)

            dead = [asyncio.create_task(check(alice, f"http://dead{n}.example.com/")) for n in range(8)]
            found = await check(bob, f"http://alive.example.com:{port}/")
            assert found.format == "png"
            assert [task.done() for task in dead] == [False] * 2 + [True] * 6
            for task in dead:
                task.cancel()
            await asyncio.gather(*dead, return_exceptions=True)


async def test_a_look_up_has_a_time_limit(dead_names: None) -> None:
    with pytest.raises(TimeoutError):
        await SystemResolver(timeout=0.05).resolve("dead.example.com")


async def test_dead_names_hold_a_limited_number_of_threads(dead_names: None) -> None:
    resolver = SystemResolver(timeout=0.05, max_lookups=3)
    outcomes = await asyncio.gather(
        *(resolver.resolve(f"dead.example{n}.com") for n in range(5)), return_exceptions=True
    )
    assert [isinstance(outcome, TimeoutError) for outcome in outcomes] == [True] * 3 + [False] * 2
    assert all(isinstance(outcome, OSError) for outcome in outcomes)


async def test_dead_names_of_one_domain_leave_threads_to_other_domains(dead_names: None) -> None:
    resolver = SystemResolver(timeout=60, max_lookups=20, max_per_domain=3)
    dead = [asyncio.create_task(resolver.resolve(f"dead{n}.example.com")) for n in range(20)]
    refused = await asyncio.gather(*dead[3:], return_exceptions=True)
    assert all(isinstance(outcome, OSError) for outcome in refused)
    assert [task.done() for task in dead[:3]] == [False] * 3
    assert await resolver.resolve("alive.example.org")
    with pytest.raises(OSError, match="too many"):
        await resolver.resolve("alive.example.com")
    for task in dead:
        task.cancel()
    await asyncio.gather(*dead, return_exceptions=True)


async def test_checks_of_the_same_name_share_a_look_up(dead_names: None) -> None:
    resolver = SystemResolver(timeout=0.05, max_per_domain=1)
    for _ in range(2):
        same = (resolver.resolve("dead.example.com") for _ in range(5))
        outcomes = await asyncio.gather(*same, return_exceptions=True)
        assert all(isinstance(outcome, TimeoutError) for outcome in outcomes)
    names = [thread.name for thread in threading.enumerate() if thread.name == "dns dead.example.com"]
    assert len(names) == 1


async def test_look_up_threads_do_not_delay_the_exit(dead_names: None) -> None:
    with pytest.raises(TimeoutError):
        await SystemResolver(timeout=0.05).resolve("dead.example.com")
    (thread,) = (thread for thread in threading.enumerate() if thread.name.startswith("dns dead.example"))
    assert thread.daemon


async def test_checks_at_once_are_limited() -> None:
    running = most = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return await sends(png())(request)

    async with site(answer) as port, guard(port, max_checks=4) as guarding:
        await asyncio.gather(*(guarding.check(f"http://127.0.0.1:{port}/{n}") for n in range(12)))
    assert most == 4
