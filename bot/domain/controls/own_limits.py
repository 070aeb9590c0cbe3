"""Daily limits of single members and servers, in place of those in the settings."""

from __future__ import annotations

from dataclasses import dataclass

UNLIMITED = -1
"""An own limit that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLimits:
    """Pictures a day, and costs in millionths; None: as the settings say, ``UNLIMITED``: no limit."""

    pictures: int | None = None
    cost: int | None = None

    def __post_init__(self) -> None:
        for value in (self.pictures, self.cost):
            if value is not None and value < UNLIMITED:
                raise ValueError("a limit isn't negative")

    @property
    def is_default(self) -> bool:
        """Whether everything is as the settings say."""
        return self.pictures is None and self.cost is None


def own_or(own: int | None, configured: int | None) -> int | None:
    """Return the limit that applies: the own one, else that of the settings; None for no limit."""
    if own is None:
        return configured
    return None if own == UNLIMITED else own
