"""The welcome to a server that the bot joins, and its starter styles."""

from __future__ import annotations

import logging
from collections.abc import Collection

import discord
from discord.ext import commands

from bot.domain.models import Draft
from bot.gateway.client import PERMISSIONS, ImageBot
from bot.services.guilds import GuildService
from bot.ui import outgoing
from bot.ui.components import Interaction
from bot.ui.i18n.texts import Texts
from bot.ui.intake.command_options import build_draft
from bot.ui.intake.forms.edit_form import Forms
from bot.ui.intake.interactions.intake import InteractionIntake
from bot.ui.panels.welcome import TryButton, WelcomeLanguageButton, WelcomePage

log = logging.getLogger(__name__)


class WelcomeCog(commands.Cog):
    """Welcomes each server once, in its system channel and its language."""

    def __init__(
        self,
        guild_service: GuildService,
        intake: InteractionIntake,
        forms: Forms,
        texts: Texts,
        allowed: Collection[int],
    ) -> None:
        self._guild_service = guild_service
        self._intake = intake
        self._forms = forms
        self._texts = texts
        self._page = WelcomePage(texts)
        self._allowed = allowed

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Save the starter styles and post the welcome, the first time the bot joins a server."""
        if self._allowed and guild.id not in self._allowed:
            return
        locale = str(guild.preferred_locale)
        if not await self._guild_service.welcome(guild.id, self._page.starter_styles(locale)):
            return
        channel = guild.system_channel
        if channel is None or not channel.permissions_for(guild.me).send_messages:
            log.info("no welcome in server %s: it has no system channel that can be written to", guild.id)
            return
        try:
            await outgoing.send(channel, self._page.page(locale, missing=_missing(guild)))
        except discord.HTTPException as error:
            log.info("no welcome in server %s: %r", guild.id, error)

    async def try_it(self, interaction: Interaction, _: TryButton) -> None:
        """Show a request form with an example."""
        example = self._texts(str(interaction.locale), "welcome.example")

        async def submit(modal: Interaction, draft: Draft, _: object) -> None:
            await self._intake.accept(modal, draft)

        draft = build_draft("imagine", example, None, None, None)
        await self._forms.ask(interaction, draft, submit, remix=False)

    async def translate(self, interaction: Interaction, button: WelcomeLanguageButton) -> None:
        """Show the welcome in another language to one member."""
        await outgoing.respond(interaction, self._page.page(button.locale))


def _missing(guild: discord.Guild) -> list[str]:
    granted = guild.me.guild_permissions
    needed = [name for name, wanted in PERMISSIONS if wanted]
    return [name.replace("_", "-") for name in needed if not getattr(granted, name)]


async def setup(bot: ImageBot) -> None:
    """Register the buttons, and unless the operator switched it off the listener."""
    cog = WelcomeCog(
        bot.services.guilds,
        bot.intake.interactions,
        bot.intake.forms,
        bot.presentation.texts,
        bot.app.settings.allowed_servers,
    )
    bot.controls.register(TryButton, cog.try_it)
    bot.controls.register(WelcomeLanguageButton, cog.translate)
    if bot.app.settings.welcome:
        await bot.add_cog(cog)
