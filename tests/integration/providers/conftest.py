"""Fixtures of the relay client's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.providers.credentials import CredentialProvider
from bot.providers.relay import RelayClient
from tests.support.relay.clients import relay_client
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
