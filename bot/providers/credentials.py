"""The relay's URL and token: static, or from a credential helper."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from bot.domain.errors import OperatorError
from bot.domain.local_failures import resource_failure
from bot.providers.credential_helper import HelperMissingError, run_helper, validated_token


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
            _validated_url(url, "the relay's URL"), validated_token(token, "the relay's token")
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
    in ``auth_file``. If there is no such program, the token comes from the file, too. The token is cached
    until the relay refuses it; concurrent refreshes run the helper once.
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
        try:
            token = await run_helper(self._command, seconds=self._timeout)
        except HelperMissingError as missing:
            token = await asyncio.to_thread(self._token_in_file, missing)
        url = self._url or await asyncio.to_thread(self._url_in_file)
        self._current = Credentials(_validated_url(url, str(self._auth_file)), token)
        return self._current

    def _url_in_file(self) -> str:
        return _text(_read_auth_file(self._auth_file), "relay_url", self._auth_file)

    def _token_in_file(self, missing: HelperMissingError) -> str:
        """Return the file's token, which replaces a helper that doesn't exist."""
        try:
            sandbox = _read_auth_file(self._auth_file)
        except OperatorError:
            sandbox = {}
        if "token" not in sandbox:
            raise missing
        token = _text(sandbox, "token", self._auth_file)
        return validated_token(token.strip(), f'["sandbox"]["token"] of {self._auth_file}')


def _retrieve_outcome(task: asyncio.Task[Credentials]) -> None:
    """Mark the exception as retrieved: every waiter may have been cancelled."""
    if not task.cancelled():
        task.exception()


def _read_auth_file(auth_file: Path) -> dict[str, object]:
    """Return the file's ``sandbox`` object."""
    try:
        # With "replace", because a UnicodeDecodeError would carry the whole file, tokens included.
        found: Any = json.loads(auth_file.read_text("utf-8-sig", errors="replace"))["sandbox"]
    except OSError as error:
        refused = OperatorError(f"{auth_file} can't be read: {error.strerror}")
        raise resource_failure(error) or refused from error
    except (ValueError, RecursionError) as error:
        raise OperatorError(f"{auth_file} isn't JSON") from error
    except (LookupError, TypeError) as error:
        raise OperatorError(f'{auth_file} has no ["sandbox"]') from error
    if not isinstance(found, dict):
        raise OperatorError(f'["sandbox"] of {auth_file} is no object')
    return cast("dict[str, object]", found)


def _text(sandbox: dict[str, object], name: str, auth_file: Path) -> str:
    if name not in sandbox:
        raise OperatorError(f'{auth_file} has no ["sandbox"]["{name}"]')
    found = sandbox[name]
    if not isinstance(found, str):
        raise OperatorError(f'["sandbox"]["{name}"] of {auth_file} isn\'t text')
    return found


def _validated_url(url: str, source: str) -> str:
    if not re.fullmatch(r"https?://[^\s/][^\s]*", url, re.IGNORECASE):
        raise OperatorError(f"{source} holds no http(s) URL")
    return url.rstrip("/")
