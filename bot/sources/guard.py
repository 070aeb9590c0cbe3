"""Fetch URLs that members typed: only public addresses, and no more bytes than needed (SSRF protection)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.domain.errors import ReferenceUnusable
from bot.domain.models import Header, Reference
from bot.sources.header_readers import HeaderReader, Sniff, new_reader
from bot.sources.public_addresses import MAX_SIGNED_URL_LENGTH, WebAddress, host_and_port, parse_url
from bot.sources.reference_limits import MAX_REFERENCE_BYTES, within_limits
from bot.sources.resolvers import PublicOnlyResolver, SystemResolver

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "User-Agent": "jimeng-discord (checks whether a link leads to a picture)",
    # Nothing is ever decompressed, so there are no decompression bombs.
    "Accept-Encoding": "identity",
}

_T = TypeVar("_T")
_Then = Callable[[str, aiohttp.ClientResponse], Awaitable[_T]]
_CHUNK = 64 * 1024
_DOWNLOAD_SECONDS = 120.0
"""Enough for the largest result over a slow line."""
_SIGNATURE_BYTES = 1_024
"""Every unsupported format has its signature within these."""
_OTHER_FORMATS = re.compile(
    rb".{4}ftyp(?:avi[fs]|he[iv][cmsx]|mif1|miaf|msf1)"  # AVIF, HEIC
    rb"|\xff\x0a|\x00\x00\x00\x0c(?:JXL |jP  )|\xff\x4f\xff\x51"  # JPEG XL, JPEG 2000
    rb"|8BPS|\x00\x00\x01\x00[\x01-\xff]\x00"  # Photoshop, icons
    rb"|(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!--|<!doctype\s+svg|(?=<svg)).*<svg[\s>]",  # SVG
    re.DOTALL | re.IGNORECASE,
)


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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the resolver, unless the caller passed it."""
        if self._owns_resolver:
            await self._resolver.close()

    async def check(self, url: str) -> Reference:
        """Follow a URL to its picture and return that picture's URL, or raise ReferenceUnusable.

        The returned URL is the target of all redirects in its canonical form: exactly what was checked, with
        no second way to parse it.
        """
        return await self._follow(url, self._inspect, self._checks)

    async def fetch(self, url: str) -> bytes:
        """Download a URL with the same protection as ``check``, or raise ReferenceUnusable."""
        return await self._follow(url, self._read, self._downloads)

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
            self._downloads,
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

    async def _inspect(self, url: str, response: aiohttp.ClientResponse) -> Reference:
        header, seen = await self._read_header(response)
        within_limits(
            content_type=f"image/{header.format}",
            width=header.width,
            height=header.height,
            size=response.content_length or seen,
            reference_bytes=self._reference_bytes,
        )
        if response.content_length is None:
            await self._require_size(response.content, seen)
        return Reference(url=url, format=header.format, width=header.width, height=header.height)

    async def _read(self, _: str, response: aiohttp.ClientResponse) -> bytes:
        whole = bytearray()
        while chunk := await response.content.readany():
            whole += chunk
            if len(whole) > self._reference_bytes:
                raise ReferenceUnusable("too-big", "over the limit")
        return bytes(whole)

    async def _read_header(self, response: aiohttp.ClientResponse) -> tuple[Header, int]:
        reader, start, seen = new_reader(self._sniff), bytearray(), 0
        while True:
            chunk = await response.content.readany()
            seen += len(chunk)
            start += chunk[: _SIGNATURE_BYTES - len(start)]
            if (header := reader.feed(chunk)) is not None:
                return header, seen
            ended = not chunk or (reader.failed and len(start) == _SIGNATURE_BYTES)
            self._require_readable(start, max(seen, response.content_length or 0), ended=ended)

    def _require_readable(self, start: bytearray, size: int, *, ended: bool) -> None:
        if (ended or len(start) == _SIGNATURE_BYTES) and _OTHER_FORMATS.match(start):
            raise ReferenceUnusable("format", "a picture format that the service doesn't accept")
        if ended:
            raise ReferenceUnusable("not-picture", f"begins with {bytes(start[:8]).hex()}")
        if size > self._reference_bytes:
            raise ReferenceUnusable("too-big", "over the limit before its header")

    async def _require_size(self, body: aiohttp.StreamReader, seen: int) -> None:
        while chunk := await body.readany():
            seen += len(chunk)
            if seen > self._reference_bytes:
                raise ReferenceUnusable("too-big", "of unannounced length, over the limit")


def _require_success(response: aiohttp.ClientResponse) -> None:
    if not 200 <= response.status < 300:
        raise ReferenceUnusable("unreachable", f"HTTP {response.status}")


def _next_url(url: str, location: str) -> str:
    try:
        return urljoin(url, location.strip().replace(" ", "%20"))
    except ValueError as error:
        raise ReferenceUnusable("unreachable", "redirected to an invalid URL") from error
