"""Builds requesters from interactions, and checks who moderates where."""

from __future__ import annotations

from typing import Any, TypedDict

import discord

from bot.domain.models import Job, Requester
from bot.domain.request_rules import may_manage_job
from bot.domain.requests.answer_links import answer_link


class ChannelFacts(TypedDict):
    """The fields of ``Requester`` that depend on the channel and the member's roles."""

    parent_id: int | None
    age_restricted: bool
    roles: frozenset[int]
    moderator: bool


def requester_of(interaction: discord.Interaction[Any], locale: str | None = None) -> Requester:
    """Return the requester of an interaction, answered in ``locale`` or else in their own language."""
    return Requester(
        user_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        guild_id=interaction.guild_id,
        locale=locale or str(interaction.locale),
        guild_locale=str(interaction.guild_locale) if interaction.guild_locale else None,
        upload_limit=interaction.filesize_limit,
        guest=is_guest(interaction),
        own_locale=str(interaction.locale),
        **channel_facts(interaction.channel, interaction.user),
    )


def channel_facts(channel: Any, person: discord.User | discord.Member) -> ChannelFacts:
    """Return the requester fields for a member in a channel."""
    here = isinstance(person, discord.Member)
    return ChannelFacts(
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        age_restricted=is_age_restricted(channel),
        roles=frozenset(role.id for role in person.roles) if here else frozenset(),
        moderator=is_moderator(person),
    )


def is_age_restricted(channel: Any) -> bool:
    """Whether a channel is age-restricted; those without the attribute, such as direct messages, aren't."""
    return bool(getattr(channel, "is_nsfw", bool)())


def is_moderator(person: discord.User | discord.Member) -> bool:
    """Whether a member moderates the whole server, not only a channel of it."""
    return isinstance(person, discord.Member) and _has_moderator_permission(person.guild_permissions)


def may_moderate(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Whether the member moderates the whole server of a job's answer, its channel included."""
    guild, person, channel_id = interaction.guild, interaction.user, job.requester.channel_id
    if guild is None or job.requester.guild_id != guild.id:
        return False
    if not isinstance(person, discord.Member) or not is_moderator(person):
        return False
    if channel_id == interaction.channel_id:
        return _has_moderator_permission(interaction.permissions)
    channel = guild.get_channel_or_thread(channel_id)
    return channel is None or _has_moderator_permission(channel.permissions_for(person))


def may_manage(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Whether the user may cancel or delete a job: its owner, or a moderator of its server."""
    return may_manage_job(job, interaction.user.id, moderator=may_moderate(interaction, job))


def is_guest(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot isn't a member of the server or conversation and can only answer the interaction."""
    if interaction.guild_id is None:
        return bool(interaction.context.private_channel)
    # In a server that the bot is a member of, one of these holds, however the app was installed.
    return not (
        interaction.is_guild_integration() or interaction.client.get_guild(interaction.guild_id) is not None
    )


def link_to(job: Job) -> str:
    """Return the link of the message with a job's answer."""
    requester = job.requester
    return answer_link(
        guild_id=None if job.direct else requester.guild_id,
        channel_id=requester.channel_id,
        message_id=job.message_id,
    )


def _has_moderator_permission(allowed: discord.Permissions) -> bool:
    return allowed.manage_messages or allowed.manage_guild
