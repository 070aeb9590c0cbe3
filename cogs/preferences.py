"""The /preferences command: a member's defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from discord import app_commands
from discord.ext import commands

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import Preferences
from bot.domain.settings_input.preferences import PreferenceName, apply_preference, apply_switch
from bot.gateway.client import ImageBot
from bot.services.members import MemberService
from bot.services.requests import RequestService
from bot.ui import outgoing
from bot.ui.components import Interaction
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.command_translator import localized
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.intake.requesters import requester_of
from bot.ui.panels.preferences_page import (
    PreferenceSelect,
    PreferencesPage,
    PreferenceSwitch,
    StyleNameButton,
    StyleNameModal,
)


class PreferencesCog(commands.Cog):
    """Shows and changes a member's defaults."""

    def __init__(
        self,
        member_service: MemberService,
        requests: RequestService,
        errors: ErrorPresenter,
        languages: Languages,
        texts: Texts,
    ) -> None:
        self._member_service = member_service
        self._requests = requests
        self._errors = errors
        self._languages = languages
        self._texts = texts
        self._page = PreferencesPage(texts, requests.config.models)

    @app_commands.command(name=localized("command.preferences"), description=localized("about.preferences"))
    async def preferences(self, interaction: Interaction) -> None:
        """Show one's preferences."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show(interaction, await self._member_service.preferences(interaction.user.id))

    async def select(self, interaction: Interaction, menu: PreferenceSelect) -> None:
        """Save a preference."""
        await interaction.response.defer()
        offered = await self._offered(interaction, menu.choice)
        await self._change(
            interaction, lambda old: apply_preference(old, menu.choice, menu.value, offered=offered)
        )

    async def switch(self, interaction: Interaction, button: PreferenceSwitch) -> None:
        """Turn completion notices, or remixes by others, on or off."""
        await interaction.response.defer()
        await self._change(interaction, lambda old: apply_switch(old, button.switch, on=button.on))

    async def ask_style(self, interaction: Interaction, _: StyleNameButton) -> None:
        """Ask for the name of a style, and prefer it."""

        async def submit(modal: Interaction, name: str | None) -> None:
            await modal.response.defer()
            offered = {style.casefold(): style for style in await self._offered(modal, "style")}
            if name is not None and name.casefold() not in offered:
                raise RuleBroken("no-style", name=name)
            style = offered[name.casefold()] if name else None
            await self._change(modal, lambda old: replace(old, style=style))

        locale, user_id = await self._languages.of(interaction), interaction.user.id
        chosen = (await self._member_service.preferences(user_id)).style
        await interaction.response.send_modal(
            StyleNameModal(self._texts, self._errors, locale, chosen, submit)
        )

    async def _change(self, interaction: Interaction, change: Callable[[Preferences], Preferences]) -> None:
        changed = await self._member_service.change_preferences(interaction.user.id, change)
        await self._show(interaction, changed)

    async def _offered(self, interaction: Interaction, name: PreferenceName) -> set[str]:
        """Return the languages, or the models or styles and the one that is chosen already."""
        if name == "language":
            return set(self._texts.languages)
        if name == "model":
            chosen = (await self._member_service.preferences(interaction.user.id)).model
            models = await self._requests.models_for(requester_of(interaction))
            return {model.id for model in models} | ({chosen} if chosen else set())
        available = await self._member_service.available_styles(interaction.user.id, interaction.guild_id)
        chosen = (await self._member_service.preferences(interaction.user.id)).style
        return {saved.style.name for saved in available} | ({chosen} if chosen else set())

    async def _show(self, interaction: Interaction, chosen: Preferences) -> None:
        styles = await self._member_service.available_styles(interaction.user.id, interaction.guild_id)
        models = await self._requests.models_for(requester_of(interaction))
        card = self._page.page(await self._languages.of(interaction), chosen, styles, models)
        await outgoing.edit_response(interaction, card)


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    cog = PreferencesCog(
        bot.services.members,
        bot.services.requests,
        bot.presentation.errors,
        bot.presentation.languages,
        bot.presentation.texts,
    )
    bot.controls.register(PreferenceSelect, cog.select)
    bot.controls.register(PreferenceSwitch, cog.switch)
    bot.controls.register(StyleNameButton, cog.ask_style)
    await bot.add_cog(cog)
