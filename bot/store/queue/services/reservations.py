"""What a running comparison has of several services: slots, and calls that it hasn't begun.

Other jobs are drawn by one service: the columns ``abreast`` and ``calls_left`` say as much of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from bot.domain.models import Slots


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """The models of each slot, and those whose calls are still to be begun."""

    slots: Slots
    calls: tuple[str, ...]

    @classmethod
    def of(cls, slots: Slots) -> Self:
        """Return what a comparison begins with: a call of each model in its slots."""
        return cls(slots=slots, calls=tuple(model for slot in slots for model in slot))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return the value of the column ``reserved``."""
        return cls(slots=tuple(map(tuple, value["slots"])), calls=tuple(value["calls"]))

    def to_json(self) -> dict[str, Any]:
        """Return what is stored in the column ``reserved``."""
        return {"slots": self.slots, "calls": self.calls}

    def without_call(self, model: str | None) -> Self:
        """Return what is left once a model's call is begun."""
        return replace(self, calls=tuple(each for each in self.calls if each != model))

    def only(self, models: Collection[str]) -> Self:
        """Return what is needed to draw with some of the models."""
        slots = (tuple(model for model in slot if model in models) for slot in self.slots)
        calls = tuple(model for model in self.calls if model in models)
        return replace(self, slots=tuple(slot for slot in slots if slot), calls=calls)
