"""How the relay's services are called, which share its address and its credentials."""

from __future__ import annotations

from bot.providers.credentials import CredentialProvider
from bot.providers.wire.reply_shapes import RELAY_REPLY
from bot.providers.wire.service_access import ServiceAccess


def relay_access(credentials: CredentialProvider) -> ServiceAccess:
    """Return the access to the relay; a refused token is refreshed once and the call repeated."""
    return ServiceAccess(credentials=credentials, shape=RELAY_REPLY)


def accepted(status: int) -> str:
    """Report in a sentence that a call without a prompt was answered with an HTTP status."""
    return f"The relay responds (HTTP {status} to a call without a prompt) and didn't refuse the token."
