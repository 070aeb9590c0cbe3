"""The models of which jobs may begin, as a list or by what is passed over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.claim_selection import Selection
from bot.store.queue.limits import Limits


@dataclass(frozen=True, slots=True)
class OpenModels:
    """The models in ``ids`` if they are ``listed``, else all others; "" stands for jobs that name none.

    Models that the catalogue doesn't have any more are drawn by the usual one's service, and can't be listed.
    A comparison may begin without its ``unreachable`` models, but not without those ``blocked``.
    """

    ids: Sequence[str]
    listed: bool
    blocked: Collection[str]
    unreachable: Collection[str]

    @property
    def parameters(self) -> Mapping[str, Sequence[str]]:
        """The parameters of the statement that selects candidates."""
        return {"models": self.ids, "blocked": sorted(self.blocked), "unreachable": sorted(self.unreachable)}

    @classmethod
    def of(cls, limits: Limits, selection: Selection) -> OpenModels | None:
        """Return the models that a selection can still choose; None if there are none."""
        services, stopped = limits.services, selection.stopped_services
        held = {*services.models_of(stopped), *selection.stopped_models}
        unreachable = frozenset(services.models_of(selection.unreachable))
        ids, listed = [id_ for id_ in limits.models.ids if id_ not in held] if limits.models else [], True
        if services.default not in stopped:
            nameless = [""] if limits.model_id(None) in held else []
            ids, listed = [*nameless, *sorted(held)], False
        elif not ids:
            return None
        return cls(ids, listed, held - unreachable, unreachable)
