"""Fetch URLs that members typed: only public addresses, and no more bytes than needed (SSRF protection)."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Self, TypeVar
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.domain.errors import ReferenceUnusable
from bot.domain.models import Header, Reference
from bot.sources.public_addresses import WebAddress, is_public, literal_address, parse_url

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "User-Agent": "jimeng-discord (checks whether a link leads to a picture)",
    # Nothing is ever decompressed, so there are no decompression bombs.
    "Accept-Encoding": "identity",
}

_ACCEPTED_TYPES = frozenset(
    {"png", "jpeg", "jpg", "pjpeg", "webp", "gif", "bmp", "x-bmp", "x-ms-bmp", "tiff"}
)
_T = TypeVar("_T")
_DEEP_HEADER = (b"\xff\xd8\xff", b"II*\0", b"MM\0*")
"""JPEG and TIFF: any amount of other data can precede their size."""
_SHALLOW_BYTES = 1_024
"""Every other format has its size, and every unsupported one its signature, within these."""
_OTHER_FORMATS = re.compile(
    rb".{4}ftyp(?:avi[fs]|he[iv][cmsx]|mif1|miaf|msf1)"  # AVIF, HEIC
    rb"|\xff\x0a|\x00\x00\x00\x0c(?:JXL |jP  )|\xff\x4f\xff\x51"  # JPEG XL, JPEG 2000
    rb"|8BPS|\x00\x00\x01\x00[\x01-\xff]\x00"  # Photoshop, icons
    rb"|(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!--|<!doctype\s+svg|(?=<svg)).*<svg[\s>]",  # SVG
    re.DOTALL | re.IGNORECASE,
)


def within_limits(
    *,
    content_type: str | None,
    width: int | None,
    height: int | None,
    size: int | None,
    reference_bytes: int = 10_000_000,
) -> None:
    """Raise ReferenceUnusable if the image service wouldn't accept such a picture.

    Sides in pixels, ``size`` in bytes; None means unknown and is accepted.
    """
    if content_type is not None:
        _refuse_type(content_type.partition(";")[0].strip().lower())
    if size is not None and size > reference_bytes:
        raise ReferenceUnusable("too-big", f"{size} bytes")
    if width is None or height is None:
        return
    sides = f"{width}x{height}"
    if min(width, height) <= 14:
        raise ReferenceUnusable("too-small", sides)
    if max(width, height) > 16 * min(width, height):
        raise ReferenceUnusable("shape", sides)
    if width * height > 36_000_000:
        raise ReferenceUnusable("pixels", sides)


class Guard:
    """Checks URLs that members typed before they are passed to the image service.

    ``sniff`` reads a picture's header; ``exceptions`` are the hosts (as typed) and ports that may have
    private addresses; ``timeout`` is in seconds for a whole check with its redirects. ``reference_bytes`` is
    the service's limit, ``max_bytes`` how far a picture's header is searched. The caller closes a
    ``resolver`` that it passes.
    """

    def __init__(
        self,
        *,
        sniff: Callable[[bytes], Header | None],
        exceptions: Collection[tuple[str, int]] = (),
        resolver: AbstractResolver | None = None,
        timeout: float = 10.0,
        max_redirects: int = 3,
        max_bytes: int = 30_000_000,
        reference_bytes: int = 10_000_000,
    ) -> None:
        self._sniff = sniff
        self._exceptions = frozenset((host.lower(), port) for host, port in exceptions)
        self._owns_resolver = resolver is None
        self._resolver = resolver or _SystemResolver()
        self._timeout = timeout
        self._max_redirects = max_redirects
        self._max_bytes = max_bytes
        self._reference_bytes = reference_bytes

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop the threads that resolve names."""
        if self._owns_resolver:
            await self._resolver.close()

    async def check(self, url: str) -> Reference:
        """Follow a URL to its picture and return that picture's URL, or raise ReferenceUnusable.

        The returned URL is the target of all redirects in its canonical form: exactly what was checked, with
        no second way to parse it.
        """
        return await self._follow(url, self._inspect)

    async def fetch(self, url: str) -> bytes:
        """Download a URL with the same protection as ``check``, or raise ReferenceUnusable."""
        return await self._follow(url, self._read)

    async def _follow(self, url: str, then: Callable[[str, aiohttp.ClientResponse], Awaitable[_T]]) -> _T:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._follow_redirects(url, then)
        except (
            aiohttp.ClientError,
            OSError,
            UnicodeError,
        ) as error:  # UnicodeError: a name that can't be encoded for DNS
            raise ReferenceUnusable("unreachable", type(error).__name__) from error

    async def _follow_redirects(
        self, url: str, then: Callable[[str, aiohttp.ClientResponse], Awaitable[_T]]
    ) -> _T:
        for _ in range(self._max_redirects + 1):
            address = parse_url(url, self._exceptions)
            async with self._get(address) as response:
                if response.status not in _REDIRECTS or "Location" not in response.headers:
                    _require_success(response)
                    return await then(address.url, response)
                url = _next_url(address.url, response.headers["Location"])
        raise ReferenceUnusable("unreachable", "too many redirects")

    @asynccontextmanager
    async def _get(self, address: WebAddress) -> AsyncGenerator[aiohttp.ClientResponse]:
        resolver = _PublicOnlyResolver(address, self._resolver)
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
                # _follow() limits the whole; a dead address must leave time for the next one.
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout / 3),
            ) as session,
            session.get(URL(address.url, encoded=True), allow_redirects=False) as response,
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
        head, again = bytearray(), 0
        while True:
            chunk = await response.content.readany()
            head += chunk
            # Parsing again after every chunk would be quadratic in the length of the file.
            if len(head) < again and chunk:
                continue
            again = len(head) * 5 // 4
            if (header := self._sniff(bytes(head))) is not None:
                return header, len(head)
            if not chunk or len(head) >= _SHALLOW_BYTES:
                self._require_readable(head, ended=not chunk, announced=response.content_length or 0)

    def _require_readable(self, head: bytearray, *, ended: bool, announced: int) -> None:
        if _OTHER_FORMATS.match(head[:_SHALLOW_BYTES]):
            raise ReferenceUnusable("format", "a picture format that the service doesn't accept")
        if ended or not head.startswith(_DEEP_HEADER):
            raise ReferenceUnusable("not-picture", f"begins with {bytes(head[:8]).hex()}")
        if max(len(head), announced) > self._reference_bytes:
            raise ReferenceUnusable("too-big", "over the limit before its header")
        if len(head) > self._max_bytes:
            raise ReferenceUnusable("not-picture", "no header within the limit")

    async def _require_size(self, body: aiohttp.StreamReader, seen: int) -> None:
        while chunk := await body.readany():
            seen += len(chunk)
            if seen > self._reference_bytes:
                raise ReferenceUnusable("too-big", "of unannounced length, over the limit")


class _PublicOnlyResolver(AbstractResolver):
    """Refuses private addresses, when a name is resolved and again when its socket is opened."""

    def __init__(self, address: WebAddress, resolver: AbstractResolver) -> None:
        self._exempt = address.exempt
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not found:
            raise OSError("the name has no address")
        # One private address is enough to refuse the name: the service might choose it.
        for entry in found:
            self._require_public(entry["host"])
        return found

    def open_socket(self, info: tuple[int, int, int, str, tuple[str | int, ...]]) -> socket.socket:
        """Open a socket for the address to connect to; a literal one was never resolved."""
        family, kind, protocol, _, destination = info
        self._require_public(str(destination[0]))
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        pass

    def _require_public(self, host: str) -> None:
        address = literal_address(host)
        if not self._exempt and (address is None or not is_public(address)):
            raise ReferenceUnusable("not-public", "resolves to an address that isn't public")


class _SystemResolver(AbstractResolver):
    """Resolves names with the system's resolver on its own threads, so that slow names don't block others."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        return [
            ResolveResult(hostname=host, host=str(to[0]), port=port, family=kind, proto=protocol, flags=0)
            for kind, _, protocol, _, to in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _require_success(response: aiohttp.ClientResponse) -> None:
    if not 200 <= response.status < 300:
        raise ReferenceUnusable("unreachable", f"HTTP {response.status}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ReferenceUnusable("not-picture", "compressed although the request forbids it")


def _refuse_type(content_type: str) -> None:
    family, _, name = content_type.partition("/")
    if family != "image":
        raise ReferenceUnusable("not-picture", content_type)
    if name not in _ACCEPTED_TYPES:
        raise ReferenceUnusable("format", content_type)


def _next_url(url: str, location: str) -> str:
    try:
        return urljoin(url, location.strip().replace(" ", "%20"))
    except ValueError as error:
        raise ReferenceUnusable("unreachable", "redirected to an invalid URL") from error
