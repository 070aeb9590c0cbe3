"""Run the credential helper: a program that prints a token."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from bot.domain.errors import OperatorError
from bot.domain.local_failures import resource_failure

_MAX_OUTPUT = 64 * 1024
_DRAIN_SECONDS = 0.2
"""Time to read what the helper printed before it ended, should a child keep the pipe open."""
_INHERITED = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|SSL_CERT_(FILE|DIR)"
    r"|(HTTP|HTTPS|NO|ALL)_PROXY|SYSTEMROOT|APPDATA|LOCALAPPDATA|USERPROFILE|PATHEXT|COMSPEC|REBYTE_\w+",
    re.IGNORECASE,
)
"""Variables that the helper gets; the bot's own secrets aren't among them."""
_NO_TOKEN = frozenset({"null", "none", "undefined", "nil", "true", "false"})
_TOKEN_FIELDS = ("token", "access_token", "accessToken")


class HelperMissingError(OperatorError):
    """The helper program doesn't exist."""


async def run_helper(command: tuple[str, ...], *, seconds: float) -> str:
    """Return the token that a program prints within ``seconds``.

    Raises ``OperatorError``, or ``LocalFailure`` where this machine can't start a program now. Whatever the
    program leaves running in its session is killed.
    """
    program = command[0]
    async with _pipe() as output, _pipe() as complaint:
        process = await _start(command, output, complaint)
        try:
            async with asyncio.timeout(seconds):
                await _read_until_end(process, output, complaint)
        except TimeoutError as error:
            raise OperatorError(f"{program} printed no token within {seconds:g} s") from error
        finally:
            await _kill(process)
    if len(output.content) > _MAX_OUTPUT:
        raise OperatorError(f"{program} printed more than {_MAX_OUTPUT} bytes")
    if process.returncode:
        raise OperatorError(f"{program} ended with {process.returncode}{_first_line(complaint.content)}")
    token = _token_in(output.content.decode("utf-8-sig", "replace"))
    return validated_token(token, f"the output of {program}")


def validated_token(token: str, source: str) -> str:
    """Refuse what a header can't carry or what stands for nothing, without repeating it in the error."""
    if token.lower() in _NO_TOKEN:
        raise OperatorError(f"{source} is no token")
    if not re.fullmatch(r"[!-~]+", token):
        raise OperatorError(f"{source} isn't one token: {len(token)} characters, {len(token.split())} words")
    return token


def helper_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a helper needs."""
    return {name: value for name, value in environment.items() if _INHERITED.fullmatch(name)}


class _Pipe:
    """A pipe whose content is kept, up to a byte over the limit."""

    def __init__(self, write_end: int, reader: asyncio.StreamReader) -> None:
        self.write_end = write_end
        self.content = bytearray()
        self._reader = reader

    async def read(self) -> None:
        while len(self.content) <= _MAX_OUTPUT:
            if not (chunk := await self._reader.read(_MAX_OUTPUT + 1 - len(self.content))):
                break
            self.content += chunk

    async def read_all(self) -> None:
        """Read to the end, keeping no more than the limit: who writes must not wait."""
        await self.read()
        while await self._reader.read(_MAX_OUTPUT):
            pass


@asynccontextmanager
async def _pipe() -> AsyncGenerator[_Pipe]:
    # asyncio's own pipes would keep wait() from returning until a child left behind has closed them.
    reader = asyncio.StreamReader()
    try:
        read_end, write_end = os.pipe()
    except OSError as error:
        raise resource_failure(error) or error from error
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", 0)
    )
    try:
        yield _Pipe(write_end, reader)
    finally:
        transport.close()


async def _start(command: tuple[str, ...], output: _Pipe, complaint: _Pipe) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=DEVNULL,
            stdout=output.write_end,
            stderr=complaint.write_end,
            env=helper_environment(os.environ),
            # A session of its own, so that its child processes can be killed with it.
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise HelperMissingError(f"{command[0]} can't be started: {error}") from error
    except (OSError, ValueError) as error:
        refused = OperatorError(f"{command[0]} can't be started: {error}")
        raise (resource_failure(error) if isinstance(error, OSError) else None) or refused from error
    finally:
        os.close(output.write_end)
        os.close(complaint.write_end)


async def _read_until_end(process: Process, output: _Pipe, complaint: _Pipe) -> None:
    """Read both pipes until the program has ended or has printed too much."""
    reads = [asyncio.create_task(output.read()), asyncio.create_task(complaint.read_all())]
    ended = asyncio.create_task(process.wait())
    try:
        await asyncio.wait([ended, reads[0]], return_when=asyncio.FIRST_COMPLETED)
        if len(output.content) <= _MAX_OUTPUT:
            await ended
            await asyncio.wait(reads, timeout=_DRAIN_SECONDS)
    finally:
        for task in (ended, *reads):
            task.cancel()


async def _kill(process: Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _token_in(output: str) -> str:
    """Return the token of an output that may be quoted or JSON."""
    text = output.strip()
    if text.startswith(("{", "[", '"')):
        with suppress(ValueError, RecursionError):
            return _token_of(json.loads(text))
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return text.removeprefix("Bearer ")


def _token_of(value: Any) -> str:
    """Return a JSON value's token; empty if it isn't clear which one."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        found = {token for name in _TOKEN_FIELDS if isinstance(token := fields.get(name), str)}
        return found.pop() if len(found) == 1 else ""
    return value.strip() if isinstance(value, str) else ""


def _first_line(complaint: bytes | bytearray) -> str:
    """Return the first line of standard error, with anything that looks like a token masked."""
    line = complaint.decode(errors="replace").strip().partition("\n")[0][:200]
    hidden = re.sub(r"[\w.+=-]{24,}", "***", line)
    return f": {hidden}" if hidden else ""
