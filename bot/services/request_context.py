"""The settings and preferences that apply to a request, read once and passed down."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.guild_settings import GuildSettings, Preferences
from bot.domain.models import Requester
from bot.services.guilds import GuildService
from bot.services.members import MemberService


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """A requester, and what their server and they themselves have chosen."""

    requester: Requester
    settings: GuildSettings
    preferences: Preferences

    def locale(self, *, private: bool) -> str:
        """Return the language of a private or public answer."""
        own = self.preferences.language or self.requester.locale
        return own if private else self.settings.language or own


class ContextResolver:
    """Resolves requesters to contexts."""

    def __init__(self, guilds: GuildService, members: MemberService) -> None:
        self._guilds = guilds
        self._members = members

    async def resolve(self, requester: Requester) -> RequestContext:
        """Read the settings of the requester's server and their preferences."""
        return RequestContext(
            requester=requester,
            settings=await self._guilds.settings(requester.guild_id),
            preferences=await self._members.preferences(requester.user_id),
        )
