"""Rules for the URLs and addresses that members may send the bot to; nothing is resolved or opened here."""

from __future__ import annotations

import re
import socket
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from string import punctuation
from typing import NoReturn
from urllib.parse import quote, urlsplit

from yarl import URL

from bot.domain.errors import ReferenceUnusable

MAX_URL_LENGTH = 2_000
"""Characters, before and after normalization."""
MAX_SIGNED_URL_LENGTH = 4_000
"""The same for upload addresses, whose signatures are long."""

_AUTHORITY = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^\[\]:@%]+))(?::(?P<port>[0-9]{1,5}))?", re.I)
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+-]*:(?![0-9])", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# The ports above 1024 that browsers block, and those of Redis and Memcached, which obey any line sent to
# them.
_LINE_PROTOCOL_PORTS = frozenset({2049, 4045, 5060, 5061, 6000, *range(6665, 6670), 6697, 6379, 11211})

_PRIVATE_SUFFIXES = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
)

# is_global of some Python 3.11 releases is wrong about these.
_NOT_PUBLIC_4 = (ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24"), ip_network("100.64.0.0/10"))
_NOT_PUBLIC_6 = (ip_network("2001::/23"), ip_network("2001:db8::/32"), ip_network("3fff::/20"))
_ASSIGNED_6 = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """A URL in a canonical form that every parser reads alike.

    ``exempt``: this host and port may have a private address.
    """

    url: str
    host: str
    port: int
    exempt: bool


def parse_url(
    text: str, exceptions: Collection[tuple[str, int]] = (), *, max_length: int = MAX_URL_LENGTH
) -> WebAddress:
    """Parse an untrusted URL; raise ReferenceUnusable if it is no link or must not be followed.

    Any public name is accepted here: ``is_public`` judges its addresses once they are resolved.
    """
    scheme, authority, rest = _split(text, max_length)
    typed, port = _host_and_port(authority, scheme)
    exempt = (typed, port) in exceptions
    host = _canonical_host(typed)
    if not exempt:
        _refuse_port(port)
        _refuse_private(host)
    netloc = f"[{host}]" if ":" in host else host
    if port != _default_port(scheme):
        netloc = f"{netloc}:{port}"
    url = f"{scheme}://{netloc}{rest}"
    _require_length(url, max_length)
    return WebAddress(url=url, host=host, port=port, exempt=exempt)


def host_and_port(url: str) -> tuple[str, int]:
    """Return what a URL of the operator's leads to, as ``exceptions`` name it."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or _default_port(parts.scheme)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is globally reachable unicast."""
    if isinstance(address, IPv4Address):
        return _is_public_4(address)
    if address.scope_id is not None:
        return False
    inner = address.ipv4_mapped or _nat64(address)
    if inner is not None:
        return _is_public_4(inner)
    if address not in _ASSIGNED_6 or not address.is_global or address.is_multicast:
        return False
    if address.sixtofour is not None and not _is_public_4(address.sixtofour):
        return False
    # 2001::/23 contains Teredo; IPv4-compatible, site-local, local NAT64 and others are outside of 2000::/3.
    return not any(address in network for network in _NOT_PUBLIC_6)


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """Parse a host as an IP address; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_public_4(address: IPv4Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not any(address in network for network in _NOT_PUBLIC_4)


def _nat64(address: IPv6Address) -> IPv4Address | None:
    return IPv4Address(address.packed[-4:]) if address in _NAT64 else None


def _split(text: str, max_length: int) -> tuple[str, str, str]:
    # People type spaces, and browsers send them like this.
    text = text.strip(" \t\r\n").replace(" ", "%20")
    _require_length(text, max_length)
    # A parser that drops or replaces such characters would see another host.
    if not text.isprintable() or "\\" in text or any(letter.isspace() for letter in text):
        _refuse("control characters, blanks or backslashes")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise ReferenceUnusable("not-public", "not a URL") from error
    if _OTHER_SCHEME.match(text):
        _refuse("neither http nor https")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ReferenceUnusable("no-link", "no http(s):// at its beginning")
    query = f"?{parts.query}" if parts.query else ""
    # Existing escapes are kept: quoting a signed link again would break it.
    rest = quote(f"{parts.path or '/'}{query}", safe="".join(set(punctuation) - set('"<>^`{|}')))
    return parts.scheme, parts.netloc, rest


def _require_length(text: str, most: int) -> None:
    if len(text) > most:
        _refuse(f"longer than {most:,} characters")


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        _refuse("a user name in the URL")
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        _refuse("no readable host")
    port = int(found["port"] or _default_port(scheme))
    return (found["six"] or found["name"]).lower(), port


def _canonical_host(typed: str) -> str:
    host = _ascii_host(typed).removesuffix(".")
    if ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _canonical_number(host)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        _refuse("no readable host")
    return host


def _ascii_host(typed: str) -> str:
    if typed.isascii():
        return typed
    try:
        return URL.build(scheme="http", host=typed).raw_host or ""
    except ValueError as error:
        raise ReferenceUnusable("not-public", "no readable host") from error


def _canonical_number(host: str) -> str:
    """Normalize numeric hosts such as 0177.1 and 0x7f000001 the way the system parses them."""
    try:
        address = IPv6Address(host) if ":" in host else IPv4Address(socket.inet_aton(host))
    except (ValueError, OSError) as error:
        raise ReferenceUnusable("not-public", "no readable host") from error
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _refuse_port(port: int) -> None:
    # Web servers use 80, 443 or unprivileged ports; the others below 1024 belong to mail, shells and
    # directories, which members must not reach through the bot.
    if port not in (80, 443) and (port < 1024 or port > 65535 or port in _LINE_PROTOCOL_PORTS):
        _refuse("a port that isn't for web servers")


def _refuse_private(host: str) -> None:
    address = literal_address(host)
    if address is not None:
        if not is_public(address):
            _refuse("an address that isn't public")
    elif "." not in host or any(host == name or host.endswith(f".{name}") for name in _PRIVATE_SUFFIXES):
        _refuse("a name that isn't public")


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _refuse(why: str) -> NoReturn:
    raise ReferenceUnusable("not-public", why)
