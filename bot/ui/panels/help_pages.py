"""The pages of /help."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import discord
from discord import AppCommandType, ui

from bot.domain import request_rules
from bot.domain.image_models.catalogue import Catalogue, Model, in_language
from bot.domain.models import Requester
from bot.services.queries import MemberStatus
from bot.ui.cards.error_texts import ErrorTexts
from bot.ui.cards.layout import card
from bot.ui.components import CardButton
from bot.ui.i18n.texts import Texts, escape
from bot.ui.modlog.settings_changes import SettingsChangeFormatter
from bot.ui.panels.command_list import CommandInfo
from bot.ui.panels.usage_page import quota_lines

Topic = Literal["commands", "remix", "prompts", "limits", "notes"]
PARTS = ("subject", "setting", "light", "mood", "style")
"""Parts of a good prompt."""


class HelpButton(CardButton, template=rf"help:(?P<topic>{'|'.join(get_args(Topic))})"):
    """Opens a page."""

    def __init__(self, topic: Topic, label: str, *, disabled: bool = False) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"help:{topic}", disabled=disabled))
        self.topic: Topic = topic

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> HelpButton:
        """Rebuild the button that was pressed."""
        return cls(cast("Topic", match["topic"]), "…")


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpContext:
    """What the pages depend on: the reader, their permissions and limits there, and the commands."""

    requester: Requester
    allowed: discord.Permissions
    status: MemberStatus
    commands: Sequence[CommandInfo]
    me: int
    """The bot's own id."""


class HelpPages:
    """Builds the help pages in the reader's language."""

    def __init__(self, texts: Texts, models: Catalogue) -> None:
        self._texts = texts
        self._models = models

    def page(self, locale: str, topic: Topic, context: HelpContext) -> ui.LayoutView:
        """Build one page, with buttons to the others."""
        say, content = self._texts, _HelpPage(self._texts, locale, context, self._models)
        match topic:
            case "commands":
                parts = content.commands()
            case "remix":
                parts = content.remix()
            case "prompts":
                parts = content.prompts()
            case "limits":
                parts = content.limits()
            case "notes":
                parts = content.notes()
        buttons: list[Any] = [
            HelpButton(each, say(locale, f"help.{each}"), disabled=each == topic) for each in get_args(Topic)
        ]
        title = say(locale, "help.title", topic=say(locale, f"help.{topic}"))
        return card(
            ui.TextDisplay(title),
            ui.Separator(),
            *_spaced(parts),
            ui.Separator(),
            ui.ActionRow[Any](*buttons),
        )


class _HelpPage:
    """The content of the pages for one reader: paragraphs of text."""

    def __init__(self, texts: Texts, locale: str, context: HelpContext, models: Catalogue) -> None:
        self._models = models
        self._texts = texts
        self._errors = ErrorTexts(texts)
        self._locale = locale
        self._language = texts.closest(locale)
        self._context = context

    def commands(self) -> list[str]:
        """List the commands, those for everyone first."""
        all_ = self._context.commands
        everyones = [command for command in all_ if command.needs is None]
        others = [command for command in all_ if command.needs is not None]
        order = ["\n".join([self._say("help.order"), *self._lines(others)])] if others else []
        return [
            self._say("help.intro"),
            "\n".join(self._lines(everyones)),
            *order,
            f"-# {self._say('help.apps')}",
            *self._here(),
        ]

    def remix(self) -> list[str]:
        """Explain the ways to remix."""
        example = f"> <@{self._context.me}> {self._say('help.reply-example')}"
        menus = {"remix": self._say("menu.remix"), "avatar": self._say("menu.remix-avatar")}
        remix, file, button = self._mention("remix"), self._mention("remix-file"), self._say("button.remix")
        return [
            f"{self._say('help.reply')}\n{example}",
            f"-# {self._say('help.reply-options')}",
            f"{self._say('help.menus', **menus)}\n-# {self._say('help.apps')}",
            self._say("help.remix-commands", remix=remix, file=file, button=button),
            self._say("help.remix-tip"),
            f"-# {self._say('help.consent', preferences=self._mention('preferences'))}",
            *self._here(),
        ]

    def prompts(self) -> list[str]:
        """Explain what makes a good prompt."""
        say = self._say
        parts = _bulleted(say(f"help.{part}") for part in PARTS)
        return [
            f"{say('help.parts')}\n{parts}",
            f"{say('help.bad')}\n> {say('help.bad-example')}",
            f"{say('help.good')}\n> {say('help.good-example')}",
            f"-# {say('help.prompt-tip')}",
            f"-# {self._length()}",
        ]

    def limits(self) -> list[str]:
        """List the limits and rules that apply to the reader."""
        say, status = self._say, self._context.status
        denial = [self._errors.of(self._locale, status.denial)] if status.denial else []
        sizes = request_rules.sizes_up_to(status.settings.largest)
        quota = "\n".join([say("usage.title"), *quota_lines(self._texts, self._locale, status.usage)])
        limits = [
            say("help.open", waiting=status.limits.member_waiting, running=status.limits.member_running),
            say("help.request", most=request_rules.MAX_PICTURES, sizes=" · ".join(sizes)),
            say("help.usual", ratio=status.defaults.ratio, size=status.defaults.size),
        ]
        return [*denial, quota, _bulleted(limits), *self._rules(), *self._here()]

    def notes(self) -> list[str]:
        """Explain the models, refusals and stored data."""
        say = self._say
        privacy = [say("help.privacy", privacy=self._mention("privacy"))] if self._find("privacy") else []
        return [*self._model_notes(), say("help.filter"), say("help.refused"), *privacy]

    def _model_notes(self) -> list[str]:
        """Say what each model is good at, and what is special about its pictures."""

        def lines(model: Model) -> str:
            texts = (model.summary, model.notes)
            known = (in_language(text, self._language) for text in texts if text)
            weight = [f"-# {self._say('quota.weight', weight=model.weight)}"] if model.weight > 1 else []
            label = f"**{escape(in_language(model.label, self._language))}**"
            return "\n".join([label, *map(escape, known), *weight])

        return [lines(model) for model in self._models]

    def _lines(self, commands: Sequence[CommandInfo]) -> list[str]:
        """Return a line for each slash command and for each kind of context menu."""
        slash = [command for command in commands if command.kind is AppCommandType.chat_input]
        return [
            *(f"- {self._called(command)} · {self._about(command)}" for command in slash),
            *self._menus("help.on-message", commands, AppCommandType.message),
            *self._menus("help.on-person", commands, AppCommandType.user),
        ]

    def _menus(self, key: str, commands: Sequence[CommandInfo], kind: AppCommandType) -> list[str]:
        names = [f"**{self._name(command)}**" for command in commands if command.kind is kind]
        listed = self._say("help.and").join(names)
        return [f"- {self._say(key, names=listed)}"] if names else []

    def _called(self, command: CommandInfo) -> str:
        """Return a command's mention, followed by its translated name if that differs."""
        name = self._name(command)
        mention = command.mention(self._context.allowed)
        return mention if name == command.name else f"{mention} {name}"

    def _name(self, command: CommandInfo) -> str:
        return command.names.get(self._language, command.name)

    def _about(self, command: CommandInfo) -> str:
        return command.abouts.get(self._language, command.about)

    def _find(self, name: str) -> CommandInfo | None:
        return next((each for each in self._context.commands if each.name == name), None)

    def _mention(self, name: str) -> str:
        found = self._find(name)
        return found.mention(self._context.allowed) if found else f"`/{name}`"

    def _length(self) -> str:
        words, characters = request_rules.ADVISED_WORDS, request_rules.ADVISED_CHINESE
        return self._say(
            "help.prompt-length", words=words, characters=characters, limit=request_rules.PROMPT_LIMIT
        )

    def _rules(self) -> list[str]:
        """List the server's rules as its settings panel names them; blocked words are not disclosed."""
        settings, formatter = (
            self._context.status.settings,
            SettingsChangeFormatter(self._texts, self._models),
        )
        shown = {
            "channels": sorted(settings.channels),
            "roles": sorted(settings.roles),
            "spoilers": settings.spoilers,
            "time_zone": settings.time_zone if self._context.status.usage.quota else None,
        }
        lines = [
            self._say(
                "panel.setting",
                name=self._say(f"settings.{name.replace('_', '-')}"),
                value=formatter.format_value(self._locale, name, value),
            )
            for name, value in shown.items()
            if value
        ]
        if not settings.avatar_remixes:
            lines.append(self._say("rule.avatar-remixes-off"))
        if settings.blocked_words:
            lines.append(self._say("help.blocked-words"))
        return [f"{self._say('help.rules')}\n{_bulleted(lines)}"] if lines else []

    def _here(self) -> list[str]:
        """Explain what differs for a guest and in direct messages."""
        requester = self._context.requester
        if requester.guest:
            return [f"-# {self._say('help.here-guest')}"]
        return [f"-# {self._say('help.here-direct')}"] if requester.guild_id is None else []

    def _say(self, key: str, **facts: Any) -> str:
        return self._texts(self._locale, key, **facts)


def _spaced(paragraphs: Sequence[str]) -> list[ui.Item[Any]]:
    """Separate paragraphs, but keep small print with the paragraph before it."""
    items: list[ui.Item[Any]] = []
    for text in paragraphs:
        if items and not text.startswith("-#"):
            items.append(ui.Separator(visible=False))
        items.append(ui.TextDisplay(text))
    return items


def _bulleted(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
