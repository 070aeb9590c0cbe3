"""What is offered while somebody types an option."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import discord
from discord import app_commands

from bot.domain.models import Job
from bot.domain.request_rules import NO_STYLE
from bot.services.deadline import Patience
from bot.services.members import Personal
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts, shorten
from bot.ui.intake.requesters import link_to

_MOST = 25
_LONGEST = 100
_LOOKED_THROUGH = 100
"""Results that are looked through for those the person may see."""

_Choices = list[app_commands.Choice[str]]


class Suggestions:
    """Finds what fits, within the three seconds that Discord gives; else nothing, and never an error."""

    def __init__(
        self,
        personal: Personal,
        languages: Languages,
        texts: Texts,
        clock: Callable[[], float],
        *,
        patience: Patience | None = None,
    ) -> None:
        self._personal = personal
        self._languages = languages
        self._texts = texts
        self._clock = clock
        self._patience = patience or Patience(2.0)

    async def results(self, interaction: discord.Interaction[Any], typed: str) -> _Choices:
        """Return results to start from, as links of their messages: one's own, and the channel's."""
        return await self._patience.wait(self._results(interaction, typed), [])

    async def styles(self, interaction: discord.Interaction[Any], typed: str) -> _Choices:
        """Return styles by their names: one's own, the server's, and none."""
        return await self._patience.wait(self._styles(interaction, typed), [])

    async def _styles(self, interaction: discord.Interaction[Any], typed: str) -> _Choices:
        search = " ".join(typed.split()).casefold()
        offered = await self._personal.offered(interaction.user.id, interaction.guild_id)
        named = [(f"{kept.style.name} · {kept.style.text}", kept.style.name) for kept in offered]
        choices = [
            app_commands.Choice(name=shorten(label, _LONGEST), value=name)
            for label, name in named
            if search in label.casefold()
        ][: _MOST - 1]
        none = self._texts(await self._languages.of(interaction), "style.no-style")
        return [*choices, app_commands.Choice(name=none, value=NO_STYLE)]

    async def _results(self, interaction: discord.Interaction[Any], typed: str) -> _Choices:
        search = " ".join(typed.split())
        if "://" in search:  # a link already
            return []
        found = await self._personal.nearby(
            interaction.user.id, interaction.channel_id or 0, search=search, most=_LOOKED_THROUGH
        )
        locale = await self._languages.of(interaction)
        seen = [job for job in found if _may_see(interaction, job)]
        return _choices((self._name(locale, job), link_to(job)) for job in seen[:_MOST])

    def _name(self, locale: str, job: Job) -> tuple[str, str]:
        """Return a result's prompt, and what else is said of it."""
        draft, ago = job.draft, self._texts.ago(locale, self._clock() - job.created_at)
        star = "★ " if job.starred else ""
        hidden = f"{self._texts(locale, 'suggestion.spoiler')} · " if draft.spoiler else ""
        return f"{star}{hidden}{draft.request.prompt}", f" · {ago}"


def _choices(found: Iterable[tuple[tuple[str, str], str]]) -> _Choices:
    """Make choices, each with a name of its own: the same prompt is often drawn several times."""
    choices: _Choices = []
    names: Counter[str] = Counter()
    for (prompt, rest), value in found:
        name = _fitting(prompt, rest)
        names[name] += 1
        if names[name] > 1:
            name = _fitting(prompt, f"{rest} · {names[name]}")
        choices.append(app_commands.Choice(name=name, value=value))
    return choices


def _fitting(prompt: str, rest: str) -> str:
    return shorten(prompt, _LONGEST - len(rest)) + rest


def _may_see(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Whether the person could open that message, as far as it is known without asking Discord."""
    asked, guild = job.requester, interaction.guild
    if asked.guild_id is None:
        return asked.user_id == interaction.user.id
    if guild is None or guild.id != asked.guild_id:
        return False
    if asked.channel_id == interaction.channel_id:
        allowed = interaction.permissions
    else:
        channel = guild.get_channel_or_thread(asked.channel_id)
        # Who is in another private thread isn't known.
        private = isinstance(channel, discord.Thread) and channel.is_private()
        if channel is None or private or not isinstance(interaction.user, discord.Member):
            return False
        allowed = channel.permissions_for(interaction.user)
    return allowed.view_channel and allowed.read_message_history
