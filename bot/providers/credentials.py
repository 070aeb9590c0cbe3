"""The relay's URL and token: static, or from a credential helper."""

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
class Credentials:
    """A URL without a trailing slash and the token for it."""

    url: str
    token: str = field(repr=False)


class CredentialProvider(Protocol):
    """A source of the relay's credentials."""

    async def get(self) -> Credentials:
        """Return the current credentials; raise OperatorError if there are none."""
        ...

    async def refresh(self, stale: Credentials) -> Credentials:
        """Replace credentials that the relay refused; raise OperatorError if that isn't possible."""
        ...


class StaticCredentialProvider:
    """Credentials that never change."""

    def __init__(self, url: str, token: str) -> None:
        self._credentials = Credentials(
            _validated_url(url, "the relay's URL"), _validated_token(token, "the relay's token")
        )

    async def get(self) -> Credentials:
        """Return the configured credentials."""
        return self._credentials

    async def refresh(self, stale: Credentials) -> Credentials:
        """Raise OperatorError: only the operator can replace a static token."""
        raise OperatorError(f"{stale.url} refused the configured token")


class HelperCredentialProvider:
    """A token printed by a helper program, and a URL from its JSON file.

    ``command`` is a program, or a program and its arguments; no shell is involved. ``url`` overrides the one
    in ``auth_file``. The token is cached until the relay refuses it; concurrent refreshes run the helper
    once.
    """

    def __init__(
        self, command: str | Sequence[str], auth_file: Path, url: str | None = None, timeout: float = 10.0
    ) -> None:
        self._command = (command,) if isinstance(command, str) else tuple(command)
        self._auth_file = auth_file
        self._url = url
        self._timeout = timeout
        self._current: Credentials | None = None
        self._refresh: asyncio.Task[Credentials] | None = None

    async def get(self) -> Credentials:
        """Return the cached credentials; the first call runs the helper."""
        return self._current or await self._shared_refresh()

    async def refresh(self, stale: Credentials) -> Credentials:
        """Return credentials newer than ``stale``, running the helper unless another caller already did."""
        # By identity: a helper may print the same token again, which must not cause a run per caller.
        if self._current is not None and self._current is not stale:
            return self._current
        return await self._shared_refresh()

    async def _shared_refresh(self) -> Credentials:
        if self._refresh is None or self._refresh.done():
            self._refresh = asyncio.create_task(self._fetch())
            self._refresh.add_done_callback(_retrieve_outcome)
        return await asyncio.shield(self._refresh)

    async def _fetch(self) -> Credentials:
        token = await self._run()
        url = self._url or await asyncio.to_thread(_relay_url, self._auth_file)
        self._current = Credentials(_validated_url(url, str(self._auth_file)), token)
        return self._current

    async def _run(self) -> str:
        program = self._command[0]
        process = await _start(self._command)
        try:
            async with asyncio.timeout(self._timeout):
                stdout, stderr = await process.communicate()
        except TimeoutError as error:
            raise OperatorError(f"{program} printed no token within {self._timeout:g} s") from error
        finally:
            await _kill(process)
        if process.returncode:
            raise OperatorError(f"{program} ended with {process.returncode}{_first_line(stderr)}")
        return _validated_token(stdout.decode(errors="replace").strip(), f"the output of {program}")


async def _start(command: tuple[str, ...]) -> Process:
    try:
        # A session of its own, so that its child processes can be killed with it.
        return await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except (OSError, ValueError) as error:
        raise OperatorError(f"{command[0]} can't be started: {error}") from error


async def _kill(process: Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        # Bounded: a grandchild that left the session may keep the pipes open for ever.
        async with asyncio.timeout(1):
            await process.wait()


def _retrieve_outcome(task: asyncio.Task[Credentials]) -> None:
    """Mark the exception as retrieved: every waiter may have been cancelled."""
    if not task.cancelled():
        task.exception()


def _relay_url(auth_file: Path) -> str:
    try:
        # With "replace", because a UnicodeDecodeError would carry the whole file, tokens included.
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


def _validated_url(url: str, source: str) -> str:
    if not re.fullmatch(r"https?://[^\s/][^\s]*", url, re.IGNORECASE):
        raise OperatorError(f"{source} holds no http(s) URL")
    return url.rstrip("/")


def _validated_token(token: str, source: str) -> str:
    """Refuse what a header can't carry, without repeating it in the error."""
    if not re.fullmatch(r"[!-~]+", token):
        raise OperatorError(f"{source} isn't one token: {len(token)} characters, {len(token.split())} words")
    return token


def _first_line(stderr: bytes) -> str:
    """Return the first line of standard error, with anything that looks like a token masked."""
    line = stderr.decode(errors="replace").strip().partition("\n")[0][:200]
    hidden = re.sub(r"[\w.+=-]{24,}", "***", line)
    return f": {hidden}" if hidden else ""
