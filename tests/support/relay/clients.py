"""Clients of providers under test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import ClientSession

from bot.domain.ports import PictureCheck
from bot.providers.credentials import CredentialProvider
from bot.providers.relay.access import relay_access
from bot.providers.relay.client import RelayClient
from bot.providers.wire.picture_calls import PictureCalls


def relay_client(
    session: ClientSession,
    credentials: CredentialProvider,
    *,
    start_check: Callable[[], PictureCheck],
    **options: Any,
) -> RelayClient:
    """Build a client of the relay; ``options`` are those of ``PictureCalls``."""
    calls = PictureCalls(session, start_check=start_check, **options)
    return RelayClient(calls, relay_access(credentials))
