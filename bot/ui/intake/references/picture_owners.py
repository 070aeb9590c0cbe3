"""Whose picture it is, as far as Discord tells, and whether they let others remix it."""

from __future__ import annotations

import re

import discord

from bot.domain.models import Job
from bot.services.consent import ConsentService
from bot.ui.cards.buttons.job_buttons import job_buttons_in
from bot.ui.components import components_of

_AVATAR = re.compile(
    r"https://(?:cdn\.discordapp\.com|media\.discordapp\.net)"
    r"/(?:avatars|guilds/[0-9]{1,20}/users)/(?P<owner>[0-9]{1,20})/"
)


class PictureOwners:
    """Checks the consent of the owners of pictures; every method raises ``RuleBroken`` without it.

    Nobody can be asked about links to files, whose owner Discord doesn't tell, or about forwarded messages,
    which only name who forwarded them. Uploads count as those of who gave them.
    """

    def __init__(self, client: discord.Client, consent: ConsentService) -> None:
        self._client = client
        self._consent = consent

    async def require_for_message(
        self, message: discord.Message, person: discord.User | discord.Member
    ) -> None:
        """Check whether a person may remix the pictures of a message."""
        for owner in await self._owners(message):
            await self._consent.require(owner, person.id)

    async def require_for_avatar(self, owner_id: int, person: discord.User | discord.Member) -> None:
        """Check whether a person may remix a user's avatar."""
        guild_id = person.guild.id if isinstance(person, discord.Member) else None
        await self._consent.require_for_avatar(owner_id, person.id, guild_id)

    async def require_for_url(self, url: str, person: discord.User | discord.Member) -> None:
        """Check whether a person may remix the picture at a URL; only an avatar's tells its owner."""
        if found := _AVATAR.match(url):
            await self.require_for_avatar(int(found["owner"]), person)

    async def require_for_result(self, job: Job, person: discord.User | discord.Member) -> None:
        """Check whether a person may remix the pictures of a job."""
        await self._consent.require(job.requester.user_id, person.id)

    async def require_for_upload(
        self, url: str, uploader_id: int | None, person: discord.User | discord.Member
    ) -> None:
        """Check whether a person may remix what was uploaded for an earlier request, or an avatar used there.

        Without ``uploader_id`` it isn't known who uploaded it.
        """
        if _AVATAR.match(url):
            await self.require_for_url(url, person)
        elif uploader_id is not None:
            await self._consent.require(uploader_id, person.id)

    async def _owners(self, message: discord.Message) -> set[int]:
        """Return the author, the user of the command that a bot answered, and the requester of a job."""
        owners = {message.author.id}
        if message.interaction_metadata is not None:
            owners.add(message.interaction_metadata.user.id)
        if message.author == self._client.user:
            jobs = {job_id for _, job_id in job_buttons_in(components_of(message))}
            requesters = [await self._consent.requester_of(job_id) for job_id in jobs]
            owners |= {requester for requester in requesters if requester is not None}
        return owners
