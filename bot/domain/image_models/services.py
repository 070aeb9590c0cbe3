"""Which service draws each model.

A service is a provider at an address with a key. Its models share its health, pace and limit of calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

RELAY = "relay"
"""The service of the relay's own endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services of models by id; that of ``default`` draws every model that isn't listed."""

    default: str = RELAY
    by_model: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All services, each once."""
        return tuple(dict.fromkeys([self.default, *(service for _, service in self.by_model)]))

    def of(self, model: str | None) -> str:
        """Return the service that draws a model; the usual one for None."""
        return next((service for id_, service in self.by_model if id_ == model), self.default)

    def models_of(self, services: Iterable[str]) -> list[str]:
        """Return the listed models of some services."""
        wanted = frozenset(services)
        return [id_ for id_, service in self.by_model if service in wanted]
