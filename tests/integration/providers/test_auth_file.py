"""The relay's address and token in the helper's file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.providers.credentials import Credentials, HelperCredentialProvider
from tests.support.relay.helper_program import Make, refusal_of


def prepend(file: Path, start: bytes) -> None:
    file.write_bytes(start + file.read_bytes())


def put_token(file: Path, token: str) -> None:
    file.write_text(json.dumps({"sandbox": {"relay_url": "https://relay.example", "token": token}}))


async def test_an_auth_file_may_begin_with_a_byte_order_mark(make: Make, auth_file: Path) -> None:
    prepend(auth_file, b"\xef\xbb\xbf")
    assert (await make("echo token").get()).url == "https://relay.example"


async def test_without_a_helper_the_token_comes_from_the_auth_file(tmp_path: Path, auth_file: Path) -> None:
    put_token(auth_file, "in-file")
    credentials = HelperCredentialProvider(str(tmp_path / "nothing"), auth_file)
    assert await credentials.get() == Credentials("https://relay.example", "in-file")


async def test_a_helper_that_fails_is_not_replaced_by_the_auth_file(make: Make, auth_file: Path) -> None:
    put_token(auth_file, "in-file")
    assert "ended with 3" in (await refusal_of(make("exit 3"))).detail


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "isn't JSON"),
        (b'{"sandbox": s3cret', "isn't JSON"),
        (b"\xff s3cret", "isn't JSON"),
        (b"[" * 100_000, "isn't JSON"),
        (b"{}", "has no"),
        (b'["s3cret"]', "has no"),
        (b'{"sandbox": "s3cret"}', "is no object"),
        (b'{"sandbox": {"relay_url": 7}}', "isn't text"),
        (b'{"sandbox": {"relay_url": ""}}', "no http(s) URL"),
        (b'{"sandbox": {"relay_url": "file:///s3cret"}}', "no http(s) URL"),
    ],
)
async def test_a_broken_file_is_an_operator_error(
    make: Make, tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    assert says in (await refusal_of(make("echo s3cret", file=file))).detail


async def test_a_missing_auth_file_is_an_operator_error(make: Make, tmp_path: Path) -> None:
    assert "can't be read" in (await refusal_of(make("echo s3cret", file=tmp_path / "none.json"))).detail
