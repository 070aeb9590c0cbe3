"""The models of which jobs may begin, as a list or by what is passed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.claim_selection import Selection
from bot.store.queue.limits import Limits


@dataclass(frozen=True, slots=True)
class OpenModels:
    """The models in ``ids`` if they are ``listed``, else all others; "" stands for jobs that name none.

    Models that the catalogue doesn't have any more are drawn by the usual one's service, and can't be listed.
    """

    ids: Sequence[str]
    listed: bool

    @classmethod
    def of(cls, limits: Limits, selection: Selection) -> OpenModels | None:
        """Return the models that a selection can still choose; None if there are none."""
        services, stopped = limits.services, selection.stopped_services
        held = {*services.models_of(stopped), *selection.stopped_models}
        usual = services.default in stopped
        if limits.models is None or set(services.names) <= stopped:
            return None if usual else cls([], listed=False)
        if usual:
            return cls([id_ for id_ in limits.models.ids if id_ not in held], listed=True)
        nameless = [""] if limits.models.default.id in held else []
        return cls([*nameless, *sorted(held)], listed=False)
