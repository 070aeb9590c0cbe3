"""Autocompletion of command options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import discord
from discord import app_commands

from bot.domain.errors import RuleBroken
from bot.domain.models import Job
from bot.domain.request_rules import NO_STYLE
from bot.services.deadline import Deadline
from bot.services.member_limits import MemberLimits
from bot.services.members import MemberService
from bot.services.queries import QueryService
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts, shorten
from bot.ui.intake.requesters import link_to

_MAX_CHOICES = 25
_MAX_NAME = 100
_MAX_CANDIDATES = 100
"""Results that are filtered for those the member can see."""

_Choices = list[app_commands.Choice[str]]


class Autocomplete:
    """Offers results and styles within Discord's three seconds; nothing on failure.

    While a member types, only what they typed last is searched for.
    """

    def __init__(
        self,
        queries: QueryService,
        member_service: MemberService,
        languages: Languages,
        texts: Texts,
        clock: Callable[[], float],
        limits: MemberLimits,
        *,
        deadline: Deadline | None = None,
    ) -> None:
        self._queries = queries
        self._member_service = member_service
        self._languages = languages
        self._texts = texts
        self._clock = clock
        self._limits = limits
        self._deadline = deadline or Deadline(2.0)

    async def results(self, interaction: discord.Interaction[Any], typed: str) -> _Choices:
        """Return message links of the member's own results and the channel's."""
        return await self._offer(interaction, lambda: self._results(interaction, typed))

    async def styles(self, interaction: discord.Interaction[Any], typed: str) -> _Choices:
        """Return the names of the member's and the server's styles, and the choice of no style."""
        return await self._offer(interaction, lambda: self._styles(interaction, typed))

    async def _offer(
        self, interaction: discord.Interaction[Any], search: Callable[[], Awaitable[_Choices]]
    ) -> _Choices:
        latest = self._limits.suggestions.run(interaction.user.id, search, [])
        return await self._deadline.wait_or_default(latest, [])

    async def _styles(self, interaction: discord.Interaction[Any], typed: str) -> _Choices:
        search = " ".join(typed.split()).casefold()
        available = await self._member_service.available_styles(interaction.user.id, interaction.guild_id)
        labelled = [(f"{kept.style.name} · {kept.style.text}", kept.style.name) for kept in available]
        choices = [
            app_commands.Choice(name=shorten(label, _MAX_NAME), value=name)
            for label, name in labelled
            if search in label.casefold()
        ][: _MAX_CHOICES - 1]
        none = self._texts(await self._languages.of(interaction), "style.no-style")
        return [*choices, app_commands.Choice(name=none, value=NO_STYLE)]

    async def _results(self, interaction: discord.Interaction[Any], typed: str) -> _Choices:
        search = " ".join(typed.split())
        if "://" in search:  # a link already
            return []
        found = await self._suggestions(interaction, search)
        locale = await self._languages.of(interaction)
        seen = [job for job in found if _may_see(interaction, job)]
        return _choices((self._name(locale, job), link_to(job)) for job in seen[:_MAX_CHOICES])

    async def _suggestions(self, interaction: discord.Interaction[Any], search: str) -> tuple[Job, ...]:
        try:
            async with self._limits.searches.permit(interaction.user.id):
                return await self._queries.suggestions(
                    interaction.user.id, interaction.channel_id or 0, search=search, most=_MAX_CANDIDATES
                )
        except RuleBroken:  # too many searches at once: there is nowhere to say so
            return ()

    def _name(self, locale: str, job: Job) -> tuple[str, str]:
        """Return a result's prompt, and the suffix that tells its age."""
        draft, ago = job.draft, self._texts.ago(locale, self._clock() - job.created_at)
        star = "★ " if job.starred else ""
        hidden = f"{self._texts(locale, 'suggestion.spoiler')} · " if draft.spoiler else ""
        return f"{star}{hidden}{draft.request.prompt}", f" · {ago}"


def _choices(found: Iterable[tuple[tuple[str, str], str]]) -> _Choices:
    """Build choices with distinct names, as the same prompt is often drawn several times."""
    choices: _Choices = []
    names: Counter[str] = Counter()
    for (prompt, rest), value in found:
        name = _choice_name(prompt, rest)
        names[name] += 1
        if names[name] > 1:
            name = _choice_name(prompt, f"{rest} · {names[name]}")
        choices.append(app_commands.Choice(name=name, value=value))
    return choices


def _choice_name(prompt: str, rest: str) -> str:
    return shorten(prompt, _MAX_NAME - len(rest)) + rest


def _may_see(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Whether the member can open the job's message, as far as the cache knows."""
    requester, guild = job.requester, interaction.guild
    if requester.guild_id is None:
        return requester.user_id == interaction.user.id
    if guild is None or guild.id != requester.guild_id:
        return False
    if requester.channel_id == interaction.channel_id:
        allowed = interaction.permissions
    else:
        channel = guild.get_channel_or_thread(requester.channel_id)
        # The members of other private threads aren't cached.
        private = isinstance(channel, discord.Thread) and channel.is_private()
        if channel is None or private or not isinstance(interaction.user, discord.Member):
            return False
        allowed = channel.permissions_for(interaction.user)
    return allowed.view_channel and allowed.read_message_history
