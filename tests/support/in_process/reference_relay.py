"""A model that takes four references, and a relay that records and refuses them by their names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.config.settings import Settings
from bot.domain.errors import REFERENCE, ReferenceBlocked
from bot.domain.models import ImageRequest, Picture
from bot.domain.ports import Relay
from tests.support.in_process.relay_control import RelayControl

FOUR = """
[models.four]
provider = "ark"
label = "Four"
references = 4
reference_style = "url"

[models.four.pixels]
"1K" = { "1:1" = "1024x1024", "3:2" = "1216x832" }
"""


@dataclass(frozen=True, slots=True)
class ReferenceRelay:
    """Draws for every model with the relay that it wraps, and without references.

    ``asked`` are the requests, ``bad`` the names of references that it refuses; for ``any`` without telling
    which.
    """

    asked: list[ImageRequest] = field(default_factory=list[ImageRequest])
    bad: list[str] = field(default_factory=list[str])

    def wrap(self, relay: Relay, _settings: Settings, _control: RelayControl) -> Relay:
        """Return a relay that draws with another one."""
        return _Wrapped(self, relay)


@dataclass(frozen=True, slots=True)
class _Wrapped:
    shared: ReferenceRelay
    relay: Relay

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        self.shared.asked.append(request)
        if bad := [each for each in (*names(request), "any") if each in self.shared.bad]:
            error = ReferenceBlocked()
            if bad != ["any"]:
                error.facts = {**error.facts, REFERENCE: names(request).index(bad[0]) + 1}
            raise error
        return await self.relay.generate(replace(request, model=None).with_references(()), into)


def file_names(urls: Iterable[str]) -> list[str]:
    """Return the names of the files at these URLs."""
    return [url.partition("?")[0].rpartition("/")[2] for url in urls]


def names(request: ImageRequest) -> list[str]:
    """Return the names of a request's references."""
    return file_names(request.references)
