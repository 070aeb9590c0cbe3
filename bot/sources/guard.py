"""The only thing that connects to a stranger's URL: public addresses alone, and no more bytes than needed."""

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
from bot.sources.public_addresses import WebAddress, is_public, literal_address, read_address

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "User-Agent": "jimeng-discord (looks whether a link leads to a picture)",
    # Nothing is ever unpacked, so nothing can unpack to gigabytes.
    "Accept-Encoding": "identity",
}

_TAKEN = frozenset({"png", "jpeg", "jpg", "pjpeg", "webp", "gif", "bmp", "x-bmp", "x-ms-bmp", "tiff"})
_T = TypeVar("_T")
_FAR = (b"\xff\xd8\xff", b"II*\0", b"MM\0*")
"""JPEG and TIFF: their width can stand behind any amount of other data."""
_NEAR_BYTES = 1_024
"""Every other format tells its width within these, and a foreign one its name."""
_FOREIGN = re.compile(
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
    """Raise ReferenceUnusable if the image service wouldn't take a picture with these facts.

    Sides in pixels, ``size`` in bytes; what is None isn't known and isn't judged.
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
    """Check URLs that strangers typed before they are handed to the image service.

    ``sniff`` reads a picture's first bytes; ``exceptions`` are the very hosts (as typed) and ports that may
    lie on the inside; ``timeout`` is in seconds for a whole check, redirects included. ``reference_bytes``
    is what the service takes, ``max_bytes`` how far a picture's header is looked for. A given ``resolver``
    stays the caller's to close.
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
        """Let go of the threads that look up names."""
        if self._owns_resolver:
            await self._resolver.close()

    async def check(self, url: str) -> Reference:
        """Follow a URL to its picture and return where that is, or raise ReferenceUnusable.

        The URL returned is the one behind all redirects, canonically spelled: what was looked at, and nothing
        that could lead elsewhere by another reading.
        """
        return await self._follow(url, self._judge)

    async def fetch(self, url: str) -> bytes:
        """Return what is behind a URL, as carefully as ``check`` does, or raise ReferenceUnusable."""
        return await self._follow(url, self._read)

    async def _follow(self, url: str, then: Callable[[str, aiohttp.ClientResponse], Awaitable[_T]]) -> _T:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._hop(url, then)
        except (aiohttp.ClientError, OSError, UnicodeError) as error:  # the last: a name no DNS can carry
            raise ReferenceUnusable("unreachable", type(error).__name__) from error

    async def _hop(self, url: str, then: Callable[[str, aiohttp.ClientResponse], Awaitable[_T]]) -> _T:
        for _ in range(self._max_redirects + 1):
            address = read_address(url, self._exceptions)
            async with self._get(address) as answer:
                if answer.status not in _REDIRECTS or "Location" not in answer.headers:
                    _refuse_failure(answer)
                    return await then(address.url, answer)
                url = _next_url(address.url, answer.headers["Location"])
        raise ReferenceUnusable("unreachable", "too many redirects")

    @asynccontextmanager
    async def _get(self, address: WebAddress) -> AsyncGenerator[aiohttp.ClientResponse]:
        door = _Door(address, self._resolver)
        # One session for one address: nothing is pooled, cached or remembered for another URL to profit from.
        connector = aiohttp.TCPConnector(
            resolver=door,
            use_dns_cache=False,
            socket_factory=door.open_socket,
            # Trying addresses side by side would swallow the door's refusal.
            happy_eyeballs_delay=None,
        )
        async with (
            aiohttp.ClientSession(
                connector=connector,
                headers=_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                # The whole is timed in check(); a dead address must leave time for the next.
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout / 3),
            ) as session,
            session.get(URL(address.url, encoded=True), allow_redirects=False) as answer,
        ):
            try:
                yield answer
            finally:
                answer.close()

    async def _judge(self, url: str, answer: aiohttp.ClientResponse) -> Reference:
        header, seen = await self._read_header(answer)
        within_limits(
            content_type=f"image/{header.format}",
            width=header.width,
            height=header.height,
            size=answer.content_length or seen,
            reference_bytes=self._reference_bytes,
        )
        if answer.content_length is None:
            await self._count(answer.content, seen)
        return Reference(url=url, format=header.format, width=header.width, height=header.height)

    async def _read(self, _: str, answer: aiohttp.ClientResponse) -> bytes:
        whole = bytearray()
        while chunk := await answer.content.readany():
            whole += chunk
            if len(whole) > self._reference_bytes:
                raise ReferenceUnusable("too-big", "over the limit")
        return bytes(whole)

    async def _read_header(self, answer: aiohttp.ClientResponse) -> tuple[Header, int]:
        head, again = bytearray(), 0
        while True:
            chunk = await answer.content.readany()
            head += chunk
            # Looking again after every few bytes of a long file would cost the square of its length.
            if len(head) < again and chunk:
                continue
            again = len(head) * 5 // 4
            if (header := self._sniff(bytes(head))) is not None:
                return header, len(head)
            if not chunk or len(head) >= _NEAR_BYTES:
                self._refuse_hopeless(head, ended=not chunk, announced=answer.content_length or 0)

    def _refuse_hopeless(self, head: bytearray, *, ended: bool, announced: int) -> None:
        if _FOREIGN.match(head[:_NEAR_BYTES]):
            raise ReferenceUnusable("format", "a picture of a kind the service doesn't take")
        if ended or not head.startswith(_FAR):
            raise ReferenceUnusable("not-picture", f"begins with {bytes(head[:8]).hex()}")
        if max(len(head), announced) > self._reference_bytes:
            raise ReferenceUnusable("too-big", "over the limit before its header")
        if len(head) > self._max_bytes:
            raise ReferenceUnusable("not-picture", "no header in all that was read")

    async def _count(self, body: aiohttp.StreamReader, seen: int) -> None:
        while chunk := await body.readany():
            seen += len(chunk)
            if seen > self._reference_bytes:
                raise ReferenceUnusable("too-big", "of unannounced length, over the limit")


class _Door(AbstractResolver):
    """Judge where a connection leads: as its name is looked up, and again as its socket is opened."""

    def __init__(self, address: WebAddress, resolver: AbstractResolver) -> None:
        self._open_to_all = address.excepted
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not found:
            raise OSError("a name without an address")
        # One inner address spoils the name: nobody knows which of them the service would choose.
        for entry in found:
            self._pass(entry["host"])
        return found

    def open_socket(self, info: tuple[int, int, int, str, tuple[str | int, ...]]) -> socket.socket:
        """Open a socket for the address that is connected to next; a literal one was never resolved."""
        family, kind, protocol, _, destination = info
        self._pass(str(destination[0]))
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        pass

    def _pass(self, host: str) -> None:
        address = literal_address(host)
        if not self._open_to_all and (address is None or not is_public(address)):
            raise ReferenceUnusable("not-public", "leads to an address that isn't public")


class _SystemResolver(AbstractResolver):
    """Look names up as the system does, in threads of its own: slow names then hold up nobody else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="names")

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


def _refuse_failure(answer: aiohttp.ClientResponse) -> None:
    if not 200 <= answer.status < 300:
        raise ReferenceUnusable("unreachable", f"HTTP {answer.status}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ReferenceUnusable("not-picture", "packed though asked not to")


def _refuse_type(content_type: str) -> None:
    family, _, name = content_type.partition("/")
    if family != "image":
        raise ReferenceUnusable("not-picture", content_type)
    if name not in _TAKEN:
        raise ReferenceUnusable("format", content_type)


def _next_url(url: str, location: str) -> str:
    try:
        return urljoin(url, location.strip().replace(" ", "%20"))
    except ValueError as error:
        raise ReferenceUnusable("unreachable", "redirected to no URL") from error
