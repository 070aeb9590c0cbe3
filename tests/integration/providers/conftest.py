"""Fixtures of the relay client's tests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.providers.credentials import CredentialProvider, HelperCredentialProvider
from bot.providers.relay.client import RelayClient
from tests.support.relay.clients import relay_client
from tests.support.relay.helper_program import Make
from tests.support.relay.scripted_relay import (
    PATH,
    Connect,
    Handler,
    ScriptedCheck,
    fixed,
    verify,
)


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Open a client of a relay with a scripted response."""
    async with AsyncExitStack() as stack:

        async def to(
            handler: Handler, credentials: Callable[[str], CredentialProvider] = fixed, **options: Any
        ) -> RelayClient:
            app = web.Application()
            app.router.add_post(PATH, handler)
            server = await stack.enter_async_context(TestServer(app))
            session = await stack.enter_async_context(options.pop("session", None) or ClientSession())
            check = partial(ScriptedCheck, options.pop("verify", verify))
            url = str(server.make_url("/"))
            return relay_client(session, credentials(url), start_check=check, **options)

        yield to


@pytest.fixture
def auth_file(tmp_path: Path) -> Path:
    file = tmp_path / "auth.json"
    file.write_text(
        json.dumps({"sandbox": {"relay_url": "https://relay.example/"}, "token": "s3cret-in-file"})
    )
    return file


@pytest.fixture
def make(tmp_path: Path, auth_file: Path) -> Make:
    def of(script: str, timeout: float = 60.0, file: Path = auth_file) -> HelperCredentialProvider:
        program = tmp_path / "the-helper"
        program.write_text("#!/bin/sh\n" + script)
        program.chmod(0o755)
        return HelperCredentialProvider(str(program), file, timeout=timeout)

    return of
