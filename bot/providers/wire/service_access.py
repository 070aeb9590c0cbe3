"""How a service is called: with which credentials, and what its replies look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.providers.credentials import Credentials
from bot.providers.wire.reply_shapes import ReplyShape


class CredentialSource(Protocol):
    """Where the credentials of a service come from."""

    async def get(self) -> Credentials:
        """Return the current credentials; raise OperatorError if there are none."""
        ...

    async def refresh(self, stale: Credentials) -> Credentials | None:
        """Return new credentials for refused ones; None if the refusal is to be reported as it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccess:
    """A service's ``credentials``, and the ``shape`` of its replies."""

    credentials: CredentialSource
    shape: ReplyShape
    trusted: str = ""
    """The address from which its results are downloaded although it may not be public."""
