"""Who asks, from where, what they and the bot are there, and where answers are."""

from __future__ import annotations

from typing import Any, TypedDict

import discord

from bot.domain.models import Job, Requester


class Standing(TypedDict):
    """What counts of a place and a person while a request is taken in; see ``Requester``."""

    parent_id: int | None
    age_restricted: bool
    roles: frozenset[int]
    moderator: bool


def requester_of(interaction: discord.Interaction[Any], locale: str | None = None) -> Requester:
    """Return who is behind an interaction, to be answered in ``locale``, else in their own language."""
    return Requester(
        user_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        guild_id=interaction.guild_id,
        locale=locale or str(interaction.locale),
        guild_locale=str(interaction.guild_locale) if interaction.guild_locale else None,
        upload_limit=interaction.filesize_limit,
        guest=is_guest(interaction),
        own_locale=str(interaction.locale),
        **standing(interaction.channel, interaction.user, interaction.permissions),
    )


def standing(channel: Any, person: discord.User | discord.Member, allowed: discord.Permissions) -> Standing:
    """Return what a person is in a channel where they have these permissions."""
    here = isinstance(person, discord.Member)
    return Standing(
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        # Whatever can't tell, such as a conversation of two, isn't.
        age_restricted=bool(getattr(channel, "is_nsfw", bool)()),
        roles=frozenset(role.id for role in person.roles) if here else frozenset(),
        moderator=here and _may_order(allowed),
    )


def keeps_order(person: discord.User | discord.Member) -> bool:
    """Whether a person keeps order in all of a server, not only in some channel of it."""
    return isinstance(person, discord.Member) and _may_order(person.guild_permissions)


def moderates(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Whether the person keeps order where a job's answer is, wherever they are themselves."""
    guild, person = interaction.guild, interaction.user
    if job.requester.guild_id != interaction.guild_id or not isinstance(person, discord.Member):
        return False
    if job.requester.channel_id == interaction.channel_id or guild is None:
        return _may_order(interaction.permissions)
    channel = guild.get_channel_or_thread(job.requester.channel_id)
    return _may_order(channel.permissions_for(person) if channel else person.guild_permissions)


def is_guest(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot is no member there, so that all it may do is answer."""
    if interaction.guild_id is None:
        return bool(interaction.context.private_channel)
    # A server that the bot is in answers to one of these, whichever way the command came to it.
    return not (
        interaction.is_guild_integration() or interaction.client.get_guild(interaction.guild_id) is not None
    )


def link_to(job: Job) -> str:
    """Return the address of the message that holds a job's answer."""
    guild = "@me" if job.direct else job.requester.guild_id or "@me"
    return f"https://discord.com/channels/{guild}/{job.requester.channel_id}/{job.message_id}"


def _may_order(allowed: discord.Permissions) -> bool:
    return allowed.manage_messages or allowed.manage_guild
