"""Which addresses a stranger may send the bot to: pure rules, nothing is looked up or opened here."""

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

LONGEST_URL = 2_000
"""Characters, as typed and as read."""

_AUTHORITY = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^\[\]:@%]+))(?::(?P<port>[0-9]{1,5}))?", re.I)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# Browsers' own list where it is above 1024, and two stores that obey whatever lines they are sent.
_LINE_SPEAKERS = frozenset({2049, 4045, 5060, 5061, 6000, *range(6665, 6670), 6697, 6379, 11211})

_INSIDE = (
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

# is_global of some Python 3.11s says yes to these.
_NOT_PUBLIC_4 = (ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24"), ip_network("100.64.0.0/10"))
_NOT_PUBLIC_6 = (ip_network("2001::/23"), ip_network("2001:db8::/32"), ip_network("3fff::/20"))
_ASSIGNED_6 = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """Say where one request goes, spelled so that no two programs can read it differently.

    ``excepted``: this host and port may lie on the inside.
    """

    url: str
    host: str
    port: int
    excepted: bool


def read_address(text: str, exceptions: Collection[tuple[str, int]] = ()) -> WebAddress:
    """Read a URL from a stranger; raise ReferenceUnusable("not-public") if it may not be followed.

    A name passes here whatever it points to: its addresses are judged by ``is_public`` when they are known.
    """
    scheme, authority, rest = _split(text)
    typed, port = _host_and_port(authority, scheme)
    excepted = (typed, port) in exceptions
    host = _canonical_host(typed)
    if not excepted:
        _refuse_port(port)
        _refuse_inside(host)
    shown = f"[{host}]" if ":" in host else host
    if port != _default_port(scheme):
        shown = f"{shown}:{port}"
    url = f"{scheme}://{shown}{rest}"
    if len(url) > LONGEST_URL:
        _refuse("longer than 2,000 characters")
    return WebAddress(url=url, host=host, port=port, excepted=excepted)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether anyone on the internet means the same machine by this address."""
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
    # Teredo lies in 2001::/23; IPv4-compatible, site-local, local NAT64 and the rest outside of 2000::/3.
    return not any(address in network for network in _NOT_PUBLIC_6)


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """Read a host as the address it is; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_public_4(address: IPv4Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not any(address in network for network in _NOT_PUBLIC_4)


def _nat64(address: IPv6Address) -> IPv4Address | None:
    return IPv4Address(address.packed[-4:]) if address in _NAT64 else None


def _split(text: str) -> tuple[str, str, str]:
    if len(text) > LONGEST_URL:
        _refuse("longer than 2,000 characters")
    # A reader that drops or turns such characters would see another host than this one.
    if not text.isprintable() or "\\" in text or any(letter.isspace() for letter in text):
        _refuse("control characters, blanks or backslashes")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise ReferenceUnusable("not-public", "not a URL") from error
    if parts.scheme not in ("http", "https"):
        _refuse("neither http nor https")
    query = f"?{parts.query}" if parts.query else ""
    # What is quoted already stays as it is: signed links break when they are quoted anew.
    rest = quote(f"{parts.path or '/'}{query}", safe="".join(set(punctuation) - set('"<>^`{|}')))
    return parts.scheme, parts.netloc, rest


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
    """Spell out 0177.1, 0x7f000001 and their kin the way the system would read them."""
    try:
        address = IPv6Address(host) if ":" in host else IPv4Address(socket.inet_aton(host))
    except (ValueError, OSError) as error:
        raise ReferenceUnusable("not-public", "no readable host") from error
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _refuse_port(port: int) -> None:
    # Pictures are served on the web's two ports or by programs without privileges; the others below 1024
    # belong to mail, shells and directories, which a stranger shall not knock at through the bot.
    if port not in (80, 443) and (port < 1024 or port > 65535 or port in _LINE_SPEAKERS):
        _refuse("a port that pictures don't come from")


def _refuse_inside(host: str) -> None:
    address = literal_address(host)
    if address is not None:
        if not is_public(address):
            _refuse("an address that isn't public")
    elif "." not in host or any(host == name or host.endswith(f".{name}") for name in _INSIDE):
        _refuse("a name that isn't public")


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _refuse(why: str) -> NoReturn:
    raise ReferenceUnusable("not-public", why)
