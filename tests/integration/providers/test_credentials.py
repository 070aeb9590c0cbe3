"""The relay's token from a helper program."""

from __future__ import annotations

import asyncio
import errno
import os
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import LocalFailure, OperatorError
from bot.providers.credentials import Credentials, HelperCredentialProvider, StaticCredentialProvider
from tests.support.relay.helper_program import Make, refusal_of

COUNTING = """
echo run >> "$(dirname "$0")/runs"
echo "token-$(wc -l < "$(dirname "$0")/runs" | tr -d ' ')"
"""


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text().splitlines())


def open_pipe(path: Path) -> int:
    """Make a named pipe and open its reading end."""
    os.mkfifo(path)
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK)


async def wait_for_writers(pipe: int) -> None:
    """Wait until every process has ended that has a pipe open for writing, and close it."""
    os.set_blocking(pipe, True)
    assert await asyncio.to_thread(os.read, pipe, 1) == b""
    os.close(pipe)


async def test_the_token_comes_from_the_helper_and_the_url_from_the_file(make: Make) -> None:
    access = await make("echo ' the-token '").get()
    assert access == Credentials("https://relay.example", "the-token")


async def test_a_program_may_have_arguments(auth_file: Path) -> None:
    credentials = HelperCredentialProvider(["/bin/echo", "a;b$(c)"], auth_file, timeout=60)
    assert (await credentials.get()).token == "a;b$(c)"


async def test_a_configured_url_overrides_the_file(tmp_path: Path) -> None:
    credentials = HelperCredentialProvider(
        ("/bin/echo", "t"), tmp_path / "missing", url="http://127.0.0.1:1//", timeout=60
    )
    assert (await credentials.get()).url == "http://127.0.0.1:1"


async def test_a_token_is_cached(make: Make, tmp_path: Path) -> None:
    credentials = make(COUNTING)
    found = await asyncio.gather(*(credentials.get() for _ in range(20)))
    assert {access.token for access in found} == {"token-1"}
    assert await credentials.get() is found[0]
    assert runs(tmp_path) == 1


async def test_concurrent_refreshes_run_the_helper_once(make: Make, tmp_path: Path) -> None:
    credentials = make(COUNTING)
    stale = await credentials.get()
    found = await asyncio.gather(*(credentials.refresh(stale) for _ in range(20)))
    assert {access.token for access in found} == {"token-2"}
    assert (await credentials.refresh(stale)).token == "token-2"
    assert (await credentials.get()).token == "token-2"
    assert runs(tmp_path) == 2


async def test_a_helper_that_prints_the_same_token_runs_once_per_refresh(make: Make, tmp_path: Path) -> None:
    credentials = make(COUNTING.replace('token-$(wc -l < "$(dirname "$0")/runs" | tr -d \' \')', "same"))
    stale = await credentials.get()
    renewed = await credentials.refresh(stale)
    assert renewed == stale
    assert await credentials.refresh(stale) is renewed
    assert runs(tmp_path) == 2


async def test_a_cancelled_caller_does_not_cancel_the_others(make: Make, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    credentials = make('read go < "$(dirname "$0")/gate"' + COUNTING)
    first = asyncio.create_task(credentials.get())
    second = asyncio.create_task(credentials.get())
    # Opening the FIFO for writing waits until the helper opens it for reading.
    gate = await asyncio.to_thread(os.open, tmp_path / "gate", os.O_WRONLY)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    os.write(gate, b"go\n")
    os.close(gate)
    assert (await second).token == "token-1"
    assert runs(tmp_path) == 1


async def test_a_failed_refresh_is_retried_by_the_next_call(make: Make, tmp_path: Path) -> None:
    credentials = make('[ -e "$(dirname "$0")/ready" ] || exit 3\necho later')
    await refusal_of(credentials)
    (tmp_path / "ready").touch()
    assert (await credentials.get()).token == "later"


async def test_a_hanging_helper_is_killed_with_its_children(make: Make, tmp_path: Path) -> None:
    alive = open_pipe(tmp_path / "alive")
    credentials = make(f"exec 3> {tmp_path}/alive\nsleep 600 &\nwait", timeout=0.3)
    error = await refusal_of(credentials)
    assert "within 0.3 s" in error.detail
    await wait_for_writers(alive)


async def test_a_helper_is_killed_when_the_program_stops(make: Make, tmp_path: Path) -> None:
    alive = open_pipe(tmp_path / "alive")
    os.mkfifo(tmp_path / "gate")
    credentials = make(f"exec 3> {tmp_path}/alive\nread go < {tmp_path}/gate\nsleep 600")
    waiter = asyncio.create_task(credentials.get())
    gate = await asyncio.to_thread(os.open, tmp_path / "gate", os.O_WRONLY)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
    os.close(gate)
    await wait_for_writers(alive)


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
async def test_a_helper_without_a_token_is_an_operator_error(make: Make, script: str, says: str) -> None:
    assert says in (await refusal_of(make(script))).detail


@pytest.mark.parametrize(
    "output",
    [
        "abc",
        "\\357\\273\\277abc",
        '"abc"',
        "'abc'",
        ' "abc" ',
        '{"token": "abc"}',
        '{"access_token": "abc", "x": 1}',
        "Bearer abc",
    ],
)
async def test_a_quoted_or_json_token_is_read(make: Make, output: str) -> None:
    assert (await make(f"printf '%b\\n' {shlex.quote(output)}").get()).token == "abc"


@pytest.mark.parametrize(
    "output",
    ["null", "None", "undefined", '""', "''", "{}", '{"error": "s3cret"}', "[]", '{"token": null}', '"null"'],
)
async def test_what_stands_for_no_token_is_an_operator_error(make: Make, output: str) -> None:
    assert "token" in (await refusal_of(make(f"printf '%s\\n' {shlex.quote(output)}"))).detail


async def test_a_child_left_behind_neither_loses_the_token_nor_outlives_the_call(
    make: Make, tmp_path: Path
) -> None:
    alive = open_pipe(tmp_path / "alive")
    credentials = make(f"exec 3> {tmp_path}/alive\necho the-token\nsleep 600 &\nexit 0", timeout=60)
    assert (await credentials.get()).token == "the-token"
    await wait_for_writers(alive)


async def test_endless_output_is_an_operator_error(make: Make) -> None:
    for script in ("yes s3cret", "yes s3cret >&2"):
        error = await refusal_of(make(script, timeout=2))
        assert "more than" in error.detail or "within" in error.detail


async def test_the_helper_inherits_what_it_needs_and_no_secrets(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = ("DISCORD_TOKEN", "RELAY_TOKEN", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "MY_PASSWORD")
    for name in (*secrets, "HTTPS_PROXY", "REBYTE_PROFILE", "HOME"):
        monkeypatch.setenv(name, "value")
    await make(f"env > {tmp_path}/environment; echo token").get()
    names = {line.partition("=")[0] for line in (tmp_path / "environment").read_text().splitlines()}
    assert {"PATH", "HOME", "HTTPS_PROXY", "REBYTE_PROFILE"} <= names
    assert names.isdisjoint(secrets)


async def test_a_missing_helper_is_an_operator_error(tmp_path: Path, auth_file: Path) -> None:
    error = await refusal_of(HelperCredentialProvider(str(tmp_path / "nothing"), auth_file))
    assert "can't be started" in error.detail


async def test_a_helper_that_is_not_executable_is_an_operator_error(tmp_path: Path, auth_file: Path) -> None:
    program = tmp_path / "plain"
    program.write_text("text")
    assert "can't be started" in (await refusal_of(HelperCredentialProvider(str(program), auth_file))).detail


async def test_static_credentials_cannot_be_refreshed() -> None:
    credentials = StaticCredentialProvider("https://relay.example/", "s3cret")
    access = await credentials.get()
    assert access == Credentials("https://relay.example", "s3cret")
    with pytest.raises(OperatorError) as caught:
        await credentials.refresh(access)
    assert "s3cret" not in caught.value.detail


@given(st.text())
def test_any_static_token_is_accepted_or_refused_without_repeating_it(token: str) -> None:
    try:
        StaticCredentialProvider("https://relay.example", token)
    except OperatorError as error:
        # A shorter token may be a word of the message itself.
        assert len(token) < 24 or token not in error.detail
    else:
        assert token.isascii()


def test_a_token_is_in_no_repr() -> None:
    assert "s3cret" not in repr(Credentials("https://relay.example", "s3cret"))


async def test_a_helper_that_complains_at_length_is_read_all_the_same(make: Make) -> None:
    credentials = make("head -c 2000000 /dev/zero | tr '\\0' e >&2; echo abc")
    assert (await credentials.get()).token == "abc"


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN])
@pytest.mark.parametrize("what", ["os.pipe", "asyncio.create_subprocess_exec", "pathlib.Path.read_text"])
async def test_a_machine_that_can_start_nothing_now_is_not_the_operators_account(
    make: Make, monkeypatch: pytest.MonkeyPatch, what: str, number: int
) -> None:
    credentials = make("echo abc")

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(what, fail)
    with pytest.raises(LocalFailure):
        await credentials.get()
