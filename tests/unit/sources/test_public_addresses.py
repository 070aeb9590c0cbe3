from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from bot.domain.errors import ReferenceUnusable
from bot.sources.public_addresses import is_public, parse_url

# IANA's special addresses that can't be reached globally, multicast, and the retired 6to4 relays.
SPECIAL = [
    ip_network("0.0.0.0/8"),
    ip_network("10.0.0.0/8"),
    ip_network("100.64.0.0/10"),
    ip_network("127.0.0.0/8"),
    ip_network("169.254.0.0/16"),
    ip_network("172.16.0.0/12"),
    ip_network("192.0.0.0/24"),
    ip_network("192.0.2.0/24"),
    ip_network("192.88.99.0/24"),
    ip_network("192.168.0.0/16"),
    ip_network("198.18.0.0/15"),
    ip_network("198.51.100.0/24"),
    ip_network("203.0.113.0/24"),
    ip_network("224.0.0.0/4"),
    ip_network("240.0.0.0/4"),
]


def is_special(number: int) -> bool:
    return any(IPv4Address(number) in network for network in SPECIAL)


def spellings(number: int) -> list[str]:
    a, b, c, d = IPv4Address(number).packed
    return [
        f"{a}.{b}.{c}.{d}",
        f"{a}.{b}.{c}.{d}.",
        str(number),
        f"{number:#x}",
        f"{number:#X}",
        f"0{number:o}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"{a:#x}.{b}.0{c:o}.{d}",
        f"{a}.{b}.{c << 8 | d}",
        f"{a}.{b << 16 | c << 8 | d}",
        "".join(chr(ord(letter) + 0xFEE0) if letter.isdigit() else letter for letter in f"{a}.{b}.{c}.{d}"),
        f"{a}。{b}。{c}。{d}",
        f"[::ffff:{a}.{b}.{c}.{d}]",
        f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
        f"[0:0:0:0:0:FFFF:{a}.{b}.{c}.{d}]",
        f"[64:ff9b::{a}.{b}.{c}.{d}]",
    ]


numbers = st.one_of(
    st.integers(0, 2**32 - 1),
    st.sampled_from(SPECIAL).flatmap(
        lambda network: st.integers(int(network.network_address), int(network.broadcast_address))
    ),
)


@given(numbers)
@example(0x7F000001)
@example(0x08080808)
@example(0xA9FEA9FE)
@example(0)
@example(2**32 - 1)
def test_every_spelling_of_an_address_is_judged_alike(number: int) -> None:
    for host in spellings(number):
        if is_special(number):
            with pytest.raises(ReferenceUnusable) as refused:
                parse_url(f"http://{host}/a.png")
            assert refused.value.problem == "not-public"
        else:
            read = ip_address(parse_url(f"http://{host}/a.png").host)
            assert read in (IPv4Address(number), IPv6Address(f"64:ff9b::{IPv4Address(number)}"))


@given(st.integers(0, 2**32 - 1))
def test_parsing_is_idempotent(number: int) -> None:
    for host in spellings(number):
        try:
            once = parse_url(f"http://{host}:8080/a.png?b=c")
        except ReferenceUnusable:
            continue
        assert parse_url(once.url) == once


@given(
    st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://a.example", "https://8.8.8.8"])
)
def test_any_text_is_either_parsed_or_refused(text: str, start: str) -> None:
    try:
        once = parse_url(start + text)
    except ReferenceUnusable as refused:
        assert refused.problem in ("not-public", "no-link")
    else:
        assert once.url.isascii()
        assert URL(once.url, encoded=True).raw_host == once.host
        assert URL(once.url, encoded=True).port == once.port
        assert parse_url(once.url) == once


@pytest.mark.parametrize(
    "address",
    [
        "::",
        "::1",
        "::8.8.8.8",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:8.8.8.8",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8",
        "2002:7f00:1::1",
        "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "3fff::1",
        "100::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_private_ipv6_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["2606:4700::1111", "2a00:1450:4001:800::200e", "2002:808:808::1", "64:ff9b::8.8.8.8"]
)
def test_global_ipv6_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "mailto:someone@example.com",
        "ftp://example.com/cat.png",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "http://.",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://@example.com/",
        "http://good.example@127.0.0.1/",
        "http://example.com\\@127.0.0.1/",
        "http://127.0.0.1\\.example.com/",
        "http://exam ple.com/",
        "http://exam ple.com/a b",
        "http://example.com/a\\b",
        "http://example.com/\r\nHost: evil",
        "http://example.com/\x00",
        "http://example.com/\u2028",
        "http://exam\u00adple.com/",
        "http://%31%32%37.0.0.1/",
        "http://127.0.0.1%00.example.com/",
        "http://[::1]/",
        "http://[::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1/",
        "http://[127.0.0.1]/",
        "http://127.0.0.1../",
        "http://1.2.3.4.5/",
        "http://8.8.8.256/",
        "http://08.8.8.8/",
        "http://4294967296/",
        "http://0x/",
        "http://example.0x/",
        "http://a..example.com/",
        "http://example.com../",
        "http://-a.example.com/",
        "http://exam!ple.com/",
        f"http://{'a' * 64}.example.com/",
        f"http://{'a.' * 130}example.com/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://ｌｏｃａｌｈｏｓｔ/",
        "http://x.localhost/",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "http://router.home.arpa/",
        "http://intranet/",
        "http://example.com:22/",
        "http://example.com:25/",
        "http://example.com:0/",
        "http://example.com:6379/",
        "http://example.com:11211/",
        "http://example.com:65536/",
        "http://example.com:８０/",
        "http://example.com:+80/",
        "http://example.com:8_0/",
        f"http://example.com/{'a' * 2000}",
        f"http://example.com/{'ä' * 500}",
        "http://example.com/\ud800",
    ],
)
def test_unsafe_urls_are_refused(url: str) -> None:
    with pytest.raises(ReferenceUnusable) as refused:
        parse_url(url)
    assert refused.value.problem == "not-public"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cat",
        "cat.png",
        "example.com/x.png",
        "www.example.com",
        "example.com:8080/x.png",
        "//example.com/cat.png",
        "http:example.com/cat.png",
        "https:/example.com/cat.png",
        "http:///cat.png",
        "https://",
        "https//example.com/cat.png",
    ],
)
def test_text_without_a_complete_scheme_is_no_link(text: str) -> None:
    with pytest.raises(ReferenceUnusable) as refused:
        parse_url(text)
    assert refused.value.problem == "no-link"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" http://example.com/\n", "http://example.com/"),
        ("https://example.com/a b.png", "https://example.com/a%20b.png"),
        ("https://example.com/a%20b c.png?d=e f", "https://example.com/a%20b%20c.png?d=e%20f"),
        ("HTTP://Example.COM", "http://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        ("http://example.com./a#part", "http://example.com/a"),
        ("http://example.com:8080?q=1", "http://example.com:8080/?q=1"),
        ("http://münchen.example/straße.png", "http://xn--mnchen-3ya.example/stra%C3%9Fe.png"),
        ("http://例え.テスト/絵.png", "http://xn--r8jz45g.xn--zckzah/%E7%B5%B5.png"),
        ("http://a_b.example.com/", "http://a_b.example.com/"),
        ("http://0x8080808/", "http://8.8.8.8/"),
        ("http://[::ffff:8.8.8.8]:8080/", "http://8.8.8.8:8080/"),
        ("http://[2606:4700:0:0::1111]/", "http://[2606:4700::1111]/"),
        ("https://example.com/a@b:c/d;e", "https://example.com/a@b:c/d;e"),
        ('https://example.com/"<a>"|', "https://example.com/%22%3Ca%3E%22%7C"),
    ],
)
def test_a_url_has_one_canonical_form(typed: str, read: str) -> None:
    assert parse_url(typed).url == read


def test_a_signed_link_keeps_its_query_unchanged() -> None:
    signed = "https://cdn.example.com/a%2Fb%20c.png?X-Sig=a%2Fb%2B+c%20d&e=%E7%B5%B5&f=~!*'()&ex=&"
    assert parse_url(signed).url == signed


def test_an_exception_applies_to_one_host_and_port_as_typed() -> None:
    exceptions = {("127.0.0.1", 8080), ("localhost", 22)}
    assert parse_url("http://127.0.0.1:8080/a", exceptions).exempt
    assert parse_url("http://LOCALHOST:22/a", exceptions).exempt
    assert not parse_url("http://example.com:8080/a", exceptions).exempt
    for url in (
        "http://127.0.0.1:8081/",
        "http://127.0.0.1/",
        "http://127.1:8080/",
        "http://2130706433:8080/",
        "http://[::ffff:127.0.0.1]:8080/",
        "http://localhost:8080/",
        "http://user@127.0.0.1:8080/",
        "ftp://127.0.0.1:8080/",
    ):
        with pytest.raises(ReferenceUnusable):
            parse_url(url, exceptions)
