"""The modals that are open: Discord doesn't tell when one is dismissed, so they are kept for a while."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from discord import ui

PER_MEMBER = 5
"""A member sees one at a time, on each of their devices."""
TOTAL = 1000


class OpenModals:
    """Keeps a member's newest ``per_member`` modals, and the newest ``total``; stops the others."""

    def __init__(self, *, per_member: int = PER_MEMBER, total: int = TOTAL) -> None:
        self._per_member = per_member
        self._total = total
        # discord.py keeps a modal until it is submitted or stopped.
        self._members = WeakKeyDictionary[ui.Modal, int]()

    def add(self, modal: ui.Modal, user_id: int) -> None:
        """Add a modal that was just opened."""
        self._members[modal] = user_id
        still_open = {each: owner for each, owner in self._members.items() if not each.is_finished()}
        own = [each for each, owner in still_open.items() if owner == user_id]
        for oldest in {*own[: -self._per_member], *[*still_open][: -self._total]}:
            # discord.py forgets it, and ends its timeout.
            oldest.stop()
            del self._members[oldest]
