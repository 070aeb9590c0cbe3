"""What members keep: preferences, styles and stars."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import Preferences
from bot.domain.ids import require_id
from bot.domain.models import Draft, HintKind, Job, Requester, SavedStyle, Style, StyleOwner
from bot.store.hints import HintStore
from bot.store.history import HistoryStore
from bot.store.members import MemberStore
from bot.store.styles import StyleStore

log = logging.getLogger(__name__)


class MemberService:
    """Reads and changes preferences, members' and servers' styles, and stars; rations hints."""

    def __init__(
        self,
        members: MemberStore,
        styles: StyleStore,
        history: HistoryStore,
        hints: HintStore,
        clock: Callable[[], float],
    ) -> None:
        self._members = members
        self._styles = styles
        self._history = history
        self._hints = hints
        self._clock = clock

    async def preferences(self, user_id: int) -> Preferences:
        """Return a member's preferences."""
        return await self._members.preferences(user_id)

    async def change_preferences(
        self, user_id: int, change: Callable[[Preferences], Preferences]
    ) -> Preferences:
        """Change a member's preferences and return the new ones."""
        return await self._members.change(user_id, change)

    async def styles(self, *owners: StyleOwner) -> list[SavedStyle]:
        """Return the styles of these owners, sorted by name within each owner."""
        return await self._styles.list_for(*owners)

    async def available_styles(self, user_id: int, guild_id: int | None) -> list[SavedStyle]:
        """Return the styles a member can use here; their own hide a server's of the same name."""
        found: dict[str, SavedStyle] = {}
        for kept in await self._styles.list_for(*owners_for(user_id, guild_id)):
            found.setdefault(kept.style.name.casefold(), kept)
        return list(found.values())

    async def resolve_style(
        self, draft: Draft, requester: Requester, preferences: Preferences
    ) -> Style | None:
        """Return a draft's style: the text of a named one, or the preferred one where none was chosen.

        Raises ``RuleBroken`` for a name that doesn't exist.
        """
        if "style" in draft.defaulted:
            # A preferred style that doesn't exist in this server is ignored.
            return await self._find_style(preferences.style, requester) if preferences.style else None
        if draft.style is None or draft.style.text:
            return draft.style
        if (found := await self._find_style(draft.style.name, requester)) is None:
            raise RuleBroken("no-style", name=draft.style.name)
        return found

    async def style(self, style_id: int) -> SavedStyle:
        """Return a style; raise ``RuleBroken`` when it is gone."""
        return await self._styles.get(require_id(style_id))

    async def add_style(self, owner: StyleOwner, style: Style) -> SavedStyle:
        """Add a style; raise ``RuleBroken`` for a duplicate, an invalid or one too many."""
        return await self._styles.add(
            owner, request_rules.normalize_style(style), most=request_rules.MAX_STYLES[owner.kind]
        )

    async def change_style(self, kept: SavedStyle, style: Style) -> SavedStyle:
        """Change a style; raise ``RuleBroken`` for an invalid or a deleted one."""
        return await self._styles.change(kept, request_rules.normalize_style(style))

    async def delete_style(self, kept: SavedStyle) -> None:
        """Delete a style; requests that used it keep its text."""
        await self._styles.delete(kept)

    async def known_locale(self, user_id: int) -> str | None:
        """Return the last known language of a member's Discord client."""
        return await self._history.latest_locale(user_id)

    async def claim_hint(self, user_id: int, kind: HintKind) -> bool:
        """Return whether a member may be sent such a hint now."""
        return await self._hints.claim(user_id, kind, now=self._clock())

    async def star(self, job_id: int, user_id: int, *, starred: bool) -> Job:
        """Add or remove the star of a member's own result; raise ``RuleBroken`` for another's."""
        job = await self._history.set_star(job_id, user_id, starred=starred)
        if job is None:
            raise RuleBroken("not-your-result")
        return job

    async def _find_style(self, name: str, requester: Requester) -> Style | None:
        available = await self.available_styles(requester.user_id, requester.guild_id)
        same = (kept.style for kept in available if kept.style.name.casefold() == name.casefold())
        return next(same, None)


def owners_for(user_id: int, guild_id: int | None) -> tuple[StyleOwner, ...]:
    """Return the owners whose styles a member can use here: the member and the server."""
    own = StyleOwner(kind="member", id=user_id)
    return (own,) if guild_id is None else (own, StyleOwner(kind="guild", id=guild_id))
