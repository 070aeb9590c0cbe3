"""Who receives prompts and pictures, as told to members."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.domain.image_models.catalogue import Catalogue, Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A host with the labels of the models that it draws; the host is None for the relay."""

    host: str | None
    labels: tuple[Localized, ...]


def recipients(models: Catalogue) -> list[Recipient]:
    """Return the recipients in the order of the catalogue, each host once."""
    found: dict[str | None, list[Localized]] = {}
    for model in models:
        host = urlsplit(model.base_url).netloc if model.base_url else None
        found.setdefault(host, []).append(model.label)
    return [Recipient(host=host, labels=tuple(labels)) for host, labels in found.items()]
