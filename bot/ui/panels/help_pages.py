"""The pages of /help, each short enough for a phone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import discord
from discord import AppCommandType, ui

from bot.domain import request_rules
from bot.domain.models import Requester
from bot.services.requests import Terms
from bot.ui.cards.job_cards import Cards, card
from bot.ui.i18n.texts import Texts
from bot.ui.modlog.settings_changes import Changes
from bot.ui.panels.command_list import Listed
from bot.ui.panels.member_pages import quota_lines

Topic = Literal["commands", "remix", "prompts", "limits", "notes"]
PARTS = ("subject", "setting", "light", "mood", "style")
"""What a good prompt says."""


class HelpButton(ui.DynamicItem[ui.Button[Any]], template=rf"help:(?P<topic>{'|'.join(get_args(Topic))})"):
    """Turns to a page; a press becomes ``help_page(interaction, topic)``."""

    def __init__(self, topic: Topic, label: str, *, disabled: bool = False) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"help:{topic}", disabled=disabled))
        self._topic: Topic = topic

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> HelpButton:
        """Rebuild the button that was pressed."""
        return cls(cast("Topic", match["topic"]), "…")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("help_page", interaction, self._topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who reads the help where, what they may there and what holds, which commands there are, and whose."""

    requester: Requester
    allowed: discord.Permissions
    terms: Terms
    commands: Sequence[Listed]
    me: int
    """The bot's own id."""


class HelpPages:
    """Builds the pages in their reader's language."""

    def __init__(self, texts: Texts, cards: Cards) -> None:
        self._texts = texts
        self._cards = cards

    def page(self, locale: str, topic: Topic, visit: Visit) -> ui.LayoutView:
        """Show one of the pages, with the way to the others."""
        say, sheet = self._texts, _Sheet(self._texts, self._cards, locale, visit)
        match topic:
            case "commands":
                parts = sheet.commands()
            case "remix":
                parts = sheet.remix()
            case "prompts":
                parts = sheet.prompts()
            case "limits":
                parts = sheet.limits()
            case "notes":
                parts = sheet.notes()
        turns: list[Any] = [
            HelpButton(each, say(locale, f"help.{each}"), disabled=each == topic) for each in get_args(Topic)
        ]
        title = say(locale, "help.title", topic=say(locale, f"help.{topic}"))
        return card(
            ui.TextDisplay(title),
            ui.Separator(),
            *_spaced(parts),
            ui.Separator(),
            ui.ActionRow[Any](*turns),
        )


class _Sheet:
    """One page on its way to one reader: texts, each a paragraph of its own."""

    def __init__(self, texts: Texts, cards: Cards, locale: str, visit: Visit) -> None:
        self._texts = texts
        self._cards = cards
        self._locale = locale
        self._language = texts.closest(locale)
        self._visit = visit

    def commands(self) -> list[str]:
        """List every command: first what is for everyone."""
        all_ = self._visit.commands
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
        """Say how a picture becomes another one."""
        example = f"> <@{self._visit.me}> {self._say('help.reply-example')}"
        menus = {"remix": self._say("menu.remix"), "avatar": self._say("menu.remix-avatar")}
        remix, file, button = self._mention("remix"), self._mention("remix-file"), self._say("button.remix")
        return [
            f"{self._say('help.reply')}\n{example}",
            f"-# {self._say('help.reply-options')}",
            f"{self._say('help.menus', **menus)}\n-# {self._say('help.apps')}",
            self._say("help.remix-commands", remix=remix, file=file, button=button),
            self._say("help.remix-tip"),
            *self._here(),
        ]

    def prompts(self) -> list[str]:
        """Say what makes a good prompt."""
        say = self._say
        parts = _listed(say(f"help.{part}") for part in PARTS)
        return [
            f"{say('help.parts')}\n{parts}",
            f"{say('help.bad')}\n> {say('help.bad-example')}",
            f"{say('help.good')}\n> {say('help.good-example')}",
            f"-# {say('help.prompt-tip')}",
            f"-# {self._length()}",
        ]

    def limits(self) -> list[str]:
        """Say what holds for this person here."""
        say, terms = self._say, self._visit.terms
        barred = [self._cards.sentence(self._locale, terms.barred)] if terms.barred else []
        sizes = request_rules.sizes_up_to(terms.settings.largest)
        quota = "\n".join([say("usage.title"), *quota_lines(self._texts, self._locale, terms.usage)])
        limits = [
            say("help.open", waiting=terms.limits.member_waiting, running=terms.limits.member_running),
            say("help.request", most=request_rules.MOST_PICTURES, sizes=" · ".join(sizes)),
            say("help.usual", ratio=terms.usual.ratio, size=terms.usual.size),
        ]
        return [*barred, quota, _listed(limits), *self._rules(), *self._here()]

    def notes(self) -> list[str]:
        """Say what pictures bear, what is refused, and what is kept."""
        say = self._say
        privacy = [say("help.privacy", privacy=self._mention("privacy"))] if self._find("privacy") else []
        return [say("help.mark"), say("help.filter"), say("help.refused"), *privacy]

    def _lines(self, commands: Sequence[Listed]) -> list[str]:
        """Say what slash commands do, and name the menus by where they are."""
        slash = [command for command in commands if command.kind is AppCommandType.chat_input]
        return [
            *(f"- {self._called(command)} · {self._about(command)}" for command in slash),
            *self._menus("help.on-message", commands, AppCommandType.message),
            *self._menus("help.on-person", commands, AppCommandType.user),
        ]

    def _menus(self, key: str, commands: Sequence[Listed], kind: AppCommandType) -> list[str]:
        names = [f"**{self._name(command)}**" for command in commands if command.kind is kind]
        listed = self._say("help.and").join(names)
        return [f"- {self._say(key, names=listed)}"] if names else []

    def _called(self, command: Listed) -> str:
        """Return a command as it can be pressed, and its name in the reader's language where that differs."""
        name = self._name(command)
        mention = command.mention(self._visit.allowed)
        return mention if name == command.name else f"{mention} {name}"

    def _name(self, command: Listed) -> str:
        return command.names.get(self._language, command.name)

    def _about(self, command: Listed) -> str:
        return command.abouts.get(self._language, command.about)

    def _find(self, name: str) -> Listed | None:
        return next((each for each in self._visit.commands if each.name == name), None)

    def _mention(self, name: str) -> str:
        found = self._find(name)
        return found.mention(self._visit.allowed) if found else f"`/{name}`"

    def _length(self) -> str:
        words, characters = request_rules.ADVISED_WORDS, request_rules.ADVISED_CHINESE
        return self._say(
            "help.prompt-length", words=words, characters=characters, limit=request_rules.PROMPT_LIMIT
        )

    def _rules(self) -> list[str]:
        """Name what a server decided, as its own panel names it; blocked words are nobody's to know."""
        settings, changes = self._visit.terms.settings, Changes(self._texts)
        shown = {
            "channels": sorted(settings.channels),
            "roles": sorted(settings.roles),
            "spoilers": settings.spoilers,
            "time_zone": settings.time_zone if self._visit.terms.usage.quota else None,
        }
        lines = [
            self._say(
                "panel.setting",
                name=self._say(f"settings.{name.replace('_', '-')}"),
                value=changes.value(self._locale, name, value),
            )
            for name, value in shown.items()
            if value
        ]
        if settings.blocked_words:
            lines.append(self._say("help.blocked-words"))
        return [f"{self._say('help.rules')}\n{_listed(lines)}"] if lines else []

    def _here(self) -> list[str]:
        """Say what is different where the bot is no member, and in a direct message."""
        requester = self._visit.requester
        if requester.guest:
            return [f"-# {self._say('help.here-guest')}"]
        return [f"-# {self._say('help.here-direct')}"] if requester.guild_id is None else []

    def _say(self, key: str, **facts: Any) -> str:
        return self._texts(self._locale, key, **facts)


def _spaced(paragraphs: Sequence[str]) -> list[ui.Item[Any]]:
    """Set paragraphs apart; small print stays with what it belongs to."""
    items: list[ui.Item[Any]] = []
    for text in paragraphs:
        if items and not text.startswith("-#"):
            items.append(ui.Separator(visible=False))
        items.append(ui.TextDisplay(text))
    return items


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
