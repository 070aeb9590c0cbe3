"""Where the relay is and the token that opens it: fixed, or from a helper program."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bot.domain.errors import OperatorError


@dataclass(frozen=True, slots=True)
class Access:
    """An address without a trailing slash, and the token for it."""

    url: str
    token: str = field(repr=False)


class Credentials(Protocol):
    """Something that knows the relay's address and token."""

    async def access(self) -> Access:
        """Return what to call with; raise OperatorError when there is nothing."""
        ...

    async def renew(self, stale: Access) -> Access:
        """Replace an access the relay refused; raise OperatorError when that can't be done."""
        ...


class FixedCredentials:
    """An address and a token that never change."""

    def __init__(self, url: str, token: str) -> None:
        self._access = Access(
            _checked_url(url, "the relay's address"), _checked_token(token, "the relay's token")
        )

    async def access(self) -> Access:
        """Return the one access there is."""
        return self._access

    async def renew(self, stale: Access) -> Access:
        """Raise OperatorError: nobody but the operator can replace a fixed token."""
        raise OperatorError(f"{stale.url} refused the configured token")


class HelperCredentials:
    """A token printed by a helper program, and an address from its JSON file.

    ``command`` is one program, or a program and its arguments; no shell is involved. ``url`` replaces the
    address in ``auth_file``. The token is kept until the relay refuses it; however many callers meet that,
    the helper runs once.
    """

    def __init__(
        self, command: str | Sequence[str], auth_file: Path, url: str | None = None, timeout: float = 10.0
    ) -> None:
        self._command = (command,) if isinstance(command, str) else tuple(command)
        self._auth_file = auth_file
        self._url = url
        self._timeout = timeout
        self._current: Access | None = None
        self._refresh: asyncio.Task[Access] | None = None

    async def access(self) -> Access:
        """Return the kept access; the first call runs the helper."""
        return self._current or await self._refreshed()

    async def renew(self, stale: Access) -> Access:
        """Return an access newer than ``stale``, running the helper unless someone already did."""
        # By identity: a helper may print the same token again, and that isn't worth a run per caller.
        if self._current is not None and self._current is not stale:
            return self._current
        return await self._refreshed()

    async def _refreshed(self) -> Access:
        if self._refresh is None or self._refresh.done():
            self._refresh = asyncio.create_task(self._fetch())
            self._refresh.add_done_callback(_look_at)
        return await asyncio.shield(self._refresh)

    async def _fetch(self) -> Access:
        token = await self._run()
        url = self._url or await asyncio.to_thread(_relay_url, self._auth_file)
        self._current = Access(_checked_url(url, str(self._auth_file)), token)
        return self._current

    async def _run(self) -> str:
        program = self._command[0]
        process = await _start(self._command)
        try:
            async with asyncio.timeout(self._timeout):
                printed, complaint = await process.communicate()
        except TimeoutError as error:
            raise OperatorError(f"{program} printed no token within {self._timeout:g} s") from error
        finally:
            await _reap(process)
        if process.returncode:
            raise OperatorError(f"{program} ended with {process.returncode}{_first_line(complaint)}")
        return _checked_token(printed.decode(errors="replace").strip(), f"the output of {program}")


async def _start(command: tuple[str, ...]) -> Process:
    try:
        # Its own session, so that whatever it started ends with it.
        return await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except (OSError, ValueError) as error:
        raise OperatorError(f"{command[0]} can't be started: {error}") from error


async def _reap(process: Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        # Bounded: a grandchild that left the session may hold the pipes open for ever.
        async with asyncio.timeout(1):
            await process.wait()


def _look_at(task: asyncio.Task[Access]) -> None:
    """Fetch the outcome, so a failure nobody waits for any more isn't reported as forgotten."""
    if not task.cancelled():
        task.exception()


def _relay_url(auth_file: Path) -> str:
    try:
        # Replaced, not refused, bytes: the refusal would carry the whole file, tokens included.
        found: Any = json.loads(auth_file.read_text("utf-8", errors="replace"))["sandbox"]["relay_url"]
    except OSError as error:
        raise OperatorError(f"{auth_file} can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise OperatorError(f"{auth_file} isn't JSON") from error
    except (LookupError, TypeError) as error:
        raise OperatorError(f'{auth_file} has no ["sandbox"]["relay_url"]') from error
    if not isinstance(found, str):
        raise OperatorError(f'["sandbox"]["relay_url"] of {auth_file} isn\'t text')
    return found


def _checked_url(url: str, source: str) -> str:
    if not re.fullmatch(r"https?://[^\s/][^\s]*", url, re.IGNORECASE):
        raise OperatorError(f"{source} holds no http(s) address")
    return url.rstrip("/")


def _checked_token(token: str, source: str) -> str:
    """Refuse what can't travel in a header, without repeating it."""
    if not re.fullmatch(r"[!-~]+", token):
        raise OperatorError(f"{source} isn't one token: {len(token)} characters, {len(token.split())} words")
    return token


def _first_line(complaint: bytes) -> str:
    """Return a program's first words on standard error, with anything that looks like a token hidden."""
    line = complaint.decode(errors="replace").strip().partition("\n")[0][:200]
    hidden = re.sub(r"[\w.+=-]{24,}", "***", line)
    return f": {hidden}" if hidden else ""
