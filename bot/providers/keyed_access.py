"""How services are called that are reached with a key."""

from __future__ import annotations

from dataclasses import dataclass

from bot.providers.credentials import Credentials
from bot.providers.wire.picture_calls import PictureCalls
from bot.providers.wire.reply_shapes import IMAGES_REPLY
from bot.providers.wire.service_access import ServiceAccess


@dataclass(frozen=True, slots=True)
class KeyCredentials:
    """A key that never changes."""

    credentials: Credentials

    async def get(self) -> Credentials:
        """Return the key."""
        return self.credentials

    async def refresh(self, stale: Credentials) -> None:
        """Return None: what the service says about a refused key is the error to report."""


def keyed_access(credentials: Credentials) -> ServiceAccess:
    """Return the access to a service by its key; its results may be at its own address."""
    return ServiceAccess(credentials=KeyCredentials(credentials), shape=IMAGES_REPLY, trusted=credentials.url)


async def check_key(calls: PictureCalls, access: ServiceAccess, path: str, model: str) -> str:
    """Report in a sentence that the key is accepted; raise BotErrors. Costs nothing: it has no prompt."""
    status = await calls.check(access, path, {"model": model})
    return (
        f"{access.trusted} responds (HTTP {status} to a call of {model} without a prompt) "
        "and didn't refuse the key."
    )
