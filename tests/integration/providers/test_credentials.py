from __future__ import annotations

import asyncio
import json
import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import OperatorError
from bot.providers.credentials import Access, FixedCredentials, HelperCredentials

Make = Callable[..., HelperCredentials]

COUNTING = """
echo run >> "$(dirname "$0")/runs"
echo "token-$(wc -l < "$(dirname "$0")/runs" | tr -d ' ')"
"""


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text().splitlines())


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def auth_file(tmp_path: Path) -> Path:
    file = tmp_path / "auth.json"
    file.write_text(
        json.dumps({"sandbox": {"relay_url": "https://relay.example/"}, "token": "s3cret-in-file"})
    )
    return file


@pytest.fixture
def make(tmp_path: Path, auth_file: Path) -> Make:
    def of(script: str, timeout: float = 10.0, file: Path = auth_file) -> HelperCredentials:
        program = tmp_path / "the-helper"
        program.write_text("#!/bin/sh\n" + script)
        program.chmod(0o755)
        return HelperCredentials(str(program), file, timeout=timeout)

    return of


async def refusal_of(credentials: HelperCredentials) -> OperatorError:
    with pytest.raises(OperatorError) as caught:
        await credentials.access()
    told = "".join(traceback.format_exception(caught.value)) + caught.value.detail + repr(caught.value)
    assert "s3cret" not in told
    return caught.value


async def test_the_helper_gives_the_token_and_the_file_the_address(make: Make) -> None:
    access = await make("echo ' the-token '").access()
    assert access == Access("https://relay.example", "the-token")


async def test_a_program_may_have_arguments(auth_file: Path) -> None:
    credentials = HelperCredentials(["/bin/echo", "a;b$(c)"], auth_file)
    assert (await credentials.access()).token == "a;b$(c)"


async def test_a_given_address_replaces_the_file(tmp_path: Path) -> None:
    credentials = HelperCredentials(("/bin/echo", "t"), tmp_path / "missing", url="http://127.0.0.1:1//")
    assert (await credentials.access()).url == "http://127.0.0.1:1"


async def test_a_token_is_asked_for_once_and_kept(make: Make, tmp_path: Path) -> None:
    credentials = make(COUNTING)
    found = await asyncio.gather(*(credentials.access() for _ in range(20)))
    assert {access.token for access in found} == {"token-1"}
    assert await credentials.access() is found[0]
    assert runs(tmp_path) == 1


async def test_many_refused_calls_share_one_renewal(make: Make, tmp_path: Path) -> None:
    credentials = make(COUNTING)
    stale = await credentials.access()
    found = await asyncio.gather(*(credentials.renew(stale) for _ in range(20)))
    assert {access.token for access in found} == {"token-2"}
    assert (await credentials.renew(stale)).token == "token-2"
    assert (await credentials.access()).token == "token-2"
    assert runs(tmp_path) == 2


async def test_the_same_token_again_is_not_asked_for_by_each_caller(make: Make, tmp_path: Path) -> None:
    credentials = make(COUNTING.replace('token-$(wc -l < "$(dirname "$0")/runs" | tr -d \' \')', "same"))
    stale = await credentials.access()
    renewed = await credentials.renew(stale)
    assert renewed == stale
    assert await credentials.renew(stale) is renewed
    assert runs(tmp_path) == 2


async def test_a_waiter_that_gives_up_leaves_the_others_their_token(make: Make, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    credentials = make('read go < "$(dirname "$0")/gate"' + COUNTING)
    first = asyncio.create_task(credentials.access())
    second = asyncio.create_task(credentials.access())
    # Opening the gate for writing waits until the helper is there to read.
    gate = await asyncio.to_thread(os.open, tmp_path / "gate", os.O_WRONLY)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    os.write(gate, b"go\n")
    os.close(gate)
    assert (await second).token == "token-1"
    assert runs(tmp_path) == 1


async def test_a_failed_renewal_is_tried_again_by_the_next_call(make: Make, tmp_path: Path) -> None:
    credentials = make('[ -e "$(dirname "$0")/ready" ] || exit 3\necho later')
    await refusal_of(credentials)
    (tmp_path / "ready").touch()
    assert (await credentials.access()).token == "later"


async def test_a_helper_that_hangs_is_ended_with_all_it_started(make: Make, tmp_path: Path) -> None:
    credentials = make(f"sleep 60 &\necho $! > {tmp_path}/pid\nwait", timeout=0.3)
    error = await refusal_of(credentials)
    assert "within 0.3 s" in error.detail
    assert not is_running(int((tmp_path / "pid").read_text()))


async def test_a_helper_is_ended_when_the_program_stops(make: Make, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    credentials = make(f"echo $$ > {tmp_path}/pid\nread go < {tmp_path}/gate\nsleep 60")
    waiter = asyncio.create_task(credentials.access())
    gate = await asyncio.to_thread(os.open, tmp_path / "gate", os.O_WRONLY)
    # asyncio itself hangs when everything is cancelled while it still connects a child's pipes.
    while any("_connect_pipes" in repr(task) for task in asyncio.all_tasks()):  # noqa: ASYNC110  # nothing tells
        await asyncio.sleep(0)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
    os.close(gate)
    assert not is_running(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo s3cret; echo 'please log in\nagain' >&2; exit 3", "the-helper ended with 3: please log in"),
        ("echo 'bad s3cretAAAAAAAAAAAAAAAAAAAAAAAA' >&2; exit 1", "ended with 1: bad ***"),
        ("kill -9 $$", "ended with -9"),
        ("true", "isn't one token: 0 characters"),
        ("echo not s3cret at all", "isn't one token"),
        ("printf 's3cret\\nX-Header: 1'", "isn't one token"),
        ("printf 's3cret\\377'", "isn't one token"),
    ],
)
async def test_a_helper_without_a_token_is_the_operators_problem(make: Make, script: str, says: str) -> None:
    assert says in (await refusal_of(make(script))).detail


async def test_a_missing_helper_is_the_operators_problem(tmp_path: Path, auth_file: Path) -> None:
    error = await refusal_of(HelperCredentials(str(tmp_path / "nothing"), auth_file))
    assert "can't be started" in error.detail


async def test_a_helper_that_may_not_run_is_the_operators_problem(tmp_path: Path, auth_file: Path) -> None:
    program = tmp_path / "plain"
    program.write_text("text")
    assert "can't be started" in (await refusal_of(HelperCredentials(str(program), auth_file))).detail


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "isn't JSON"),
        (b'{"sandbox": s3cret', "isn't JSON"),
        (b"\xff s3cret", "isn't JSON"),
        (b"[" * 100_000, "isn't JSON"),
        (b"{}", "has no"),
        (b'["s3cret"]', "has no"),
        (b'{"sandbox": "s3cret"}', "has no"),
        (b'{"sandbox": {"relay_url": 7}}', "isn't text"),
        (b'{"sandbox": {"relay_url": ""}}', "no http(s) address"),
        (b'{"sandbox": {"relay_url": "file:///s3cret"}}', "no http(s) address"),
    ],
)
async def test_a_broken_file_is_the_operators_problem(
    make: Make, tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    assert says in (await refusal_of(make("echo s3cret", file=file))).detail


async def test_a_missing_file_is_the_operators_problem(make: Make, tmp_path: Path) -> None:
    assert "can't be read" in (await refusal_of(make("echo s3cret", file=tmp_path / "none.json"))).detail


async def test_fixed_credentials_cannot_be_renewed() -> None:
    credentials = FixedCredentials("https://relay.example/", "s3cret")
    access = await credentials.access()
    assert access == Access("https://relay.example", "s3cret")
    with pytest.raises(OperatorError) as caught:
        await credentials.renew(access)
    assert "s3cret" not in caught.value.detail


@given(st.text())
def test_any_fixed_token_is_kept_or_refused_unrepeated(token: str) -> None:
    try:
        FixedCredentials("https://relay.example", token)
    except OperatorError as error:
        # What is shorter may well be a word of the sentence itself.
        assert len(token) < 24 or token not in error.detail
    else:
        assert token.isascii()


def test_a_token_is_in_no_repr() -> None:
    assert "s3cret" not in repr(Access("https://relay.example", "s3cret"))
