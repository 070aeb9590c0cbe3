"""Fetch URLs that members typed: only public addresses, and no more bytes than needed (SSRF protection)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Self, TypeVar, cast
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.domain.errors import ReferenceUnusable
from bot.domain.models import FoundPicture, PictureFormat, Reference
from bot.sources.header_readers import HeaderReader, Sniff, found_picture, new_reader
from bot.sources.other_formats import SIGNATURE_BYTES, found_other
from bot.sources.public_addresses import MAX_SIGNED_URL_LENGTH, WebAddress, host_and_port, parse_url
from bot.sources.reference_limits import (
    MAX_REFERENCE_BYTES,
    MAX_SOURCE_BYTES,
    require_copyable,
    within_limits,
)
from bot.sources.resolvers import PublicOnlyResolver, SystemResolver

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "User-Agent": "jimeng-discord (checks whether a link leads to a picture)",
    # Nothing is ever decompressed, so there are no decompression bombs.
    "Accept-Encoding": "identity",
}

_LARGE_TIMES = 3
"""How many times the usual time a download with a limit of its own may take."""

_T = TypeVar("_T")
_Then = Callable[[str, aiohttp.ClientResponse], Awaitable[_T]]
_CHUNK = 64 * 1024
_MAX_RESULTS = 64
_DOWNLOAD_SECONDS = 120.0
"""Enough for the largest result over a slow line."""


class Guard:
    """Checks URLs that members typed before they are passed to the image service.

    ``sniff`` reads a picture's header: a class of readers, or a function of the file's first bytes.
    ``exceptions`` are the hosts (as typed) and ports that may have private addresses. ``timeout`` is in
    seconds for a whole check with its redirects and the wait for one of ``max_checks`` or ``max_downloads``.
    ``reference_bytes`` is the service's limit. The caller closes a ``resolver`` that it passes.
    """

    def __init__(
        self,
        *,
        sniff: Sniff | type[HeaderReader],
        exceptions: Collection[tuple[str, int]] = (),
        resolver: AbstractResolver | None = None,
        timeout: float = 10.0,
        max_redirects: int = 3,
        reference_bytes: int = MAX_REFERENCE_BYTES,
        max_checks: int = 32,
        max_downloads: int = 2,
    ) -> None:
        self._sniff = sniff
        self._exceptions = frozenset((host.lower(), port) for host, port in exceptions)
        self._owns_resolver = resolver is None
        self._resolver = resolver or SystemResolver()
        self._timeout = timeout
        self._max_redirects = max_redirects
        self._reference_bytes = reference_bytes
        self._checks = asyncio.Semaphore(max_checks)
        self._downloads = asyncio.Semaphore(max_downloads)
        # Results are few, as calls are limited elsewhere, and mustn't wait for members' links.
        self._results = asyncio.Semaphore(_MAX_RESULTS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the resolver, unless the caller passed it."""
        if self._owns_resolver:
            await self._resolver.close()

    async def check(self, url: str) -> Reference:
        """Follow a URL to a picture that the service accepts and return it, or raise ReferenceUnusable.

        The returned URL is the target of all redirects in its canonical form: exactly what was checked, with
        no second way to parse it.
        """
        require = partial(within_limits, reference_bytes=self._reference_bytes)
        found = await self._find(url, self._reference_bytes, require)
        form = cast("PictureFormat", found.format)
        return Reference(url=found.url, format=form, width=found.width or 0, height=found.height or 0)

    async def inspect(self, url: str) -> FoundPicture:
        """Follow a URL to a picture of any kind that can be copied, and return it like ``check``."""
        return await self._find(url, MAX_SOURCE_BYTES, require_copyable)

    async def fetch(self, url: str, *, most: int | None = None) -> bytes:
        """Download a URL with the same protection as ``check``, or raise ReferenceUnusable.

        ``most`` replaces the service's limit in bytes, and allows more time.
        """
        read = partial(self._read, most or self._reference_bytes)
        seconds = None if most is None else _LARGE_TIMES * self._timeout
        return await self._follow(url, read, self._downloads, seconds=seconds)

    async def download(
        self, url: str, receive: Callable[[AsyncIterable[bytes]], Awaitable[None]], *, trusted: str
    ) -> None:
        """Pass the body of a URL that the image service named to ``receive``, protected like ``check``.

        The host and port of the URL ``trusted`` may have private addresses. ``receive`` limits the size.
        Raises ReferenceUnusable.
        """

        async def pass_on(_: str, response: aiohttp.ClientResponse) -> None:
            await receive(response.content.iter_chunked(_CHUNK))

        await self._follow(
            url,
            pass_on,
            self._results,
            seconds=_DOWNLOAD_SECONDS,
            exceptions=self._exceptions | {host_and_port(trusted)},
            max_length=MAX_SIGNED_URL_LENGTH,
        )

    async def put(self, url: str, content: bytes, *, content_type: str, trusted: str) -> int:
        """Upload to a URL that the image service named, and return the status; no redirect is followed.

        The host and port of the URL ``trusted`` may have private addresses. Raises ReferenceUnusable for any
        other private address, and the errors of aiohttp; the caller limits the time.
        """
        exceptions = self._exceptions | {host_and_port(trusted)}
        address = parse_url(url, exceptions, max_length=MAX_SIGNED_URL_LENGTH)
        upload = {"data": content, "headers": {"Content-Type": content_type}}
        async with self._request("PUT", address, **upload) as response:
            return response.status

    async def _find(self, url: str, most: int, require: Callable[[FoundPicture], None]) -> FoundPicture:
        return await self._follow(url, partial(self._inspect, most, require), self._checks)

    async def _follow(
        self,
        url: str,
        then: _Then[_T],
        slots: asyncio.Semaphore,
        *,
        seconds: float | None = None,
        exceptions: Collection[tuple[str, int]] | None = None,
        **limits: int,
    ) -> _T:
        trusted = self._exceptions if exceptions is None else frozenset(exceptions)
        try:
            async with asyncio.timeout(seconds or self._timeout), slots:
                return await self._follow_redirects(url, then, trusted, limits)
        # UnicodeError: a name that can't be encoded for DNS
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise ReferenceUnusable("unreachable", type(error).__name__) from error

    async def _follow_redirects(
        self, url: str, then: _Then[_T], exceptions: frozenset[tuple[str, int]], limits: dict[str, int]
    ) -> _T:
        for _ in range(self._max_redirects + 1):
            address = parse_url(url, exceptions, **limits)
            async with self._request("GET", address) as response:
                if response.status not in _REDIRECTS or "Location" not in response.headers:
                    _require_success(response)
                    return await then(address.url, response)
                url = _next_url(address.url, response.headers["Location"])
        raise ReferenceUnusable("unreachable", "too many redirects")

    @asynccontextmanager
    async def _request(
        self, method: str, address: WebAddress, **options: Any
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        resolver = PublicOnlyResolver(address, self._resolver)
        # One session per URL: no pool, cache or cookie is shared with the next one.
        connector = aiohttp.TCPConnector(
            resolver=resolver,
            use_dns_cache=False,
            socket_factory=resolver.open_socket,
            # Happy eyeballs would swallow the resolver's ReferenceUnusable.
            happy_eyeballs_delay=None,
        )
        async with (
            aiohttp.ClientSession(
                connector=connector,
                headers=_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                # The caller limits the whole; a dead address must leave time for the next one.
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout / 3),
            ) as session,
            session.request(
                method, URL(address.url, encoded=True), allow_redirects=False, **options
            ) as response,
        ):
            try:
                yield response
            finally:
                response.close()

    async def _inspect(
        self, most: int, require: Callable[[FoundPicture], None], url: str, response: aiohttp.ClientResponse
    ) -> FoundPicture:
        found, seen = await self._read_header(url, response, most)
        found = replace(found, size=response.content_length)
        require(found)
        if found.size is None:
            found = replace(found, size=await _measure(response.content, seen, most))
        return found

    async def _read(self, most: int, _: str, response: aiohttp.ClientResponse) -> bytes:
        whole = bytearray()
        while chunk := await response.content.readany():
            whole += chunk
            if len(whole) > most:
                raise ReferenceUnusable("too-big", "over the limit")
        return bytes(whole)

    async def _read_header(
        self, url: str, response: aiohttp.ClientResponse, most: int
    ) -> tuple[FoundPicture, int]:
        """Return the picture and how many bytes were read."""
        reader, start, seen = new_reader(self._sniff), bytearray(), 0
        while True:
            chunk = await response.content.readany()
            seen += len(chunk)
            start += chunk[: SIGNATURE_BYTES - len(start)]
            if (header := reader.feed(chunk)) is not None:
                return found_picture(url, header), seen
            complete = not chunk or len(start) == SIGNATURE_BYTES
            if complete and (found := found_other(url, bytes(start))) is not None:
                return found, seen
            if not chunk or (reader.failed and complete):
                raise ReferenceUnusable("not-picture", f"begins with {bytes(start[:8]).hex()}")
            if max(seen, response.content_length or 0) > most:
                raise ReferenceUnusable("too-big", "over the limit before its header")


async def _measure(body: aiohttp.StreamReader, seen: int, most: int) -> int:
    """Return the bytes of a body of unannounced length; raise ReferenceUnusable beyond ``most``."""
    while chunk := await body.readany():
        seen += len(chunk)
        if seen > most:
            raise ReferenceUnusable("too-big", "of unannounced length, over the limit")
    return seen


def _require_success(response: aiohttp.ClientResponse) -> None:
    if not 200 <= response.status < 300:
        raise ReferenceUnusable("unreachable", f"HTTP {response.status}")


def _next_url(url: str, location: str) -> str:
    try:
        return urljoin(url, location.strip().replace(" ", "%20"))
    except ValueError as error:
        raise ReferenceUnusable("unreachable", "redirected to an invalid URL") from error
