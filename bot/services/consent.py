"""Whether members let others remix their pictures and avatars."""

from __future__ import annotations

from bot.domain.errors import RuleBroken
from bot.services.guilds import GuildService
from bot.services.members import MemberService
from bot.store.queue.jobs import JobStore


class ConsentService:
    """Raises ``RuleBroken`` where a remix isn't allowed; members may always remix what is their own."""

    def __init__(self, members: MemberService, guilds: GuildService, jobs: JobStore) -> None:
        self._members = members
        self._guilds = guilds
        self._jobs = jobs

    async def require(self, owner_id: int, by_id: int) -> None:
        """Raise if ``owner_id`` lets nobody else remix their pictures."""
        if owner_id != by_id and not (await self._members.preferences(owner_id)).allow_remixes:
            raise RuleBroken("remix-not-allowed")

    async def require_for_avatar(self, owner_id: int, by_id: int, guild_id: int | None) -> None:
        """Raise if the server of the request, or the owner, doesn't allow the remix of an avatar."""
        if owner_id != by_id and not (await self._guilds.settings(guild_id)).avatar_remixes:
            raise RuleBroken("avatar-remixes-off")
        await self.require(owner_id, by_id)

    async def requester_of(self, job_id: int) -> int | None:
        """Return who requested a job; None when it no longer exists."""
        job = await self._jobs.get(job_id)
        return None if job is None else job.requester.user_id
