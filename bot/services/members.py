"""All that a door may ask for of what people keep: preferences, styles, stars."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import Preferences
from bot.domain.models import Draft, Job, KeptStyle, Style, StyleOwner
from bot.store.history import History
from bot.store.members import Members
from bot.store.styles import Styles

log = logging.getLogger(__name__)


class Personal:
    """Keeps what members chose for themselves, and the styles of servers beside their own."""

    def __init__(self, members: Members, styles: Styles, history: History) -> None:
        self._members = members
        self._styles = styles
        self._history = history

    async def preferences(self, user_id: int) -> Preferences:
        """Return what a member chose for themselves."""
        return await self._members.preferences(user_id)

    async def choose(self, user_id: int, change: Callable[[Preferences], Preferences]) -> Preferences:
        """Change a member's preferences and return the new ones."""
        return await self._members.change(user_id, change)

    async def styles(self, *owners: StyleOwner) -> list[KeptStyle]:
        """Return the owners' styles, each owner's by name."""
        return await self._styles.of(*owners)

    async def offered(self, user_id: int, guild_id: int | None) -> list[KeptStyle]:
        """Return the styles a member may choose from, their own first, and before a server's of that name."""
        found: dict[str, KeptStyle] = {}
        for kept in await self._styles.of(*owners_for(user_id, guild_id)):
            found.setdefault(kept.style.name.casefold(), kept)
        return list(found.values())

    async def style_of(self, draft: Draft, user_id: int, guild_id: int | None) -> Style | None:
        """Return a draft's style, looked up where it is only named, or else the one its asker prefers.

        Raises ``RuleBroken`` where there is none of the name.
        """
        if "style" in draft.unsaid:
            name = (await self.preferences(user_id)).style
            # Not to be had here, it is simply not used.
            return await self._named(name, user_id, guild_id) if name else None
        if draft.style is None or draft.style.text:
            return draft.style
        if (found := await self._named(draft.style.name, user_id, guild_id)) is None:
            raise RuleBroken("no-style", name=draft.style.name)
        return found

    async def style(self, style_id: int) -> KeptStyle:
        """Return a style; raise ``RuleBroken`` when it is gone."""
        return await self._styles.get(style_id)

    async def add_style(self, owner: StyleOwner, style: Style) -> KeptStyle:
        """Keep a new style; raise ``RuleBroken`` when it can't be."""
        return await self._styles.add(
            owner, request_rules.tidy(style), most=request_rules.MOST_STYLES[owner.kind]
        )

    async def change_style(self, kept: KeptStyle, style: Style) -> KeptStyle:
        """Change a style; raise ``RuleBroken`` when it can't be."""
        return await self._styles.change(kept, request_rules.tidy(style))

    async def delete_style(self, kept: KeptStyle) -> None:
        """Delete a style; what was drawn in it stays as it is."""
        await self._styles.delete(kept)

    async def nearby(self, user_id: int, channel_id: int, *, search: str, most: int) -> tuple[Job, ...]:
        """Return a member's own and a channel's newest results with these words in their prompts."""
        return await self._history.nearby(user_id, channel_id, search=search, most=most)

    async def star(self, job_id: int, user_id: int, *, starred: bool) -> Job:
        """Star a member's own result, or take the star away; raise ``RuleBroken`` for another's."""
        job = await self._history.star(job_id, user_id, starred=starred)
        if job is None:
            raise RuleBroken("not-your-result")
        return job

    async def _named(self, name: str, user_id: int, guild_id: int | None) -> Style | None:
        offered = await self.offered(user_id, guild_id)
        same = (kept.style for kept in offered if kept.style.name.casefold() == name.casefold())
        return next(same, None)


def owners_for(user_id: int, guild_id: int | None) -> tuple[StyleOwner, ...]:
    """Return whose styles a member may use somewhere: their own, and the server's."""
    own = StyleOwner(kind="member", id=user_id)
    return (own,) if guild_id is None else (own, StyleOwner(kind="guild", id=guild_id))
