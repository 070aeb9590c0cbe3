"""The commands that there are, as people find them: read from the tree, so that no list falls behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from discord import AppCommandType, Permissions, app_commands

from bot.services.deadline import Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A command by its name, with names and descriptions in other languages."""

    name: str
    kind: AppCommandType
    about: str
    """Empty for a menu's."""
    names: Mapping[str, str]
    abouts: Mapping[str, str]
    needs: Permissions | None
    """What Discord shows it for; None: to everyone."""
    id: int | None

    def mention(self, allowed: Permissions) -> str:
        """Name a slash command: as something to press, where that is known and whoever reads may use it."""
        if self.id is None or (self.needs is not None and not self.needs <= allowed):
            return f"`/{self.name}`"
        return f"</{self.name}:{self.id}>"


class Catalogue:
    """Lists what ``tree`` holds, as ``translator`` words it."""

    def __init__(self, tree: app_commands.CommandTree[Any], translator: app_commands.Translator) -> None:
        self._tree = tree
        self._translator = translator
        self._ids: dict[tuple[AppCommandType, str], int] = {}
        self._soon = Patience(2.0)

    async def listed(self) -> tuple[Listed, ...]:
        """Return all commands in the order of their declaration, slash commands first."""
        kinds = (AppCommandType.chat_input, AppCommandType.message, AppCommandType.user)
        declared = [(kind, command) for kind in kinds for command in self._tree.get_commands(type=kind)]
        if any((kind, command.name) not in self._ids for kind, command in declared):
            # Once in a process's life, unless another process is still bringing Discord new ones.
            self._ids = await self._soon.wait(self._fetch(), self._ids)
        return tuple([await self._line(kind, command) for kind, command in declared])

    async def _fetch(self) -> dict[tuple[AppCommandType, str], int]:
        return {(command.type, command.name): command.id for command in await self._tree.fetch_commands()}

    async def _line(self, kind: AppCommandType, command: Any) -> Listed:
        payload: dict[str, Any] = await command.get_translated_payload(self._tree, self._translator)
        return Listed(
            name=command.name,
            kind=kind,
            about=payload.get("description", ""),
            names=payload["name_localizations"],
            abouts=payload.get("description_localizations", {}),
            needs=command.default_permissions,
            id=self._ids.get((kind, command.name)),
        )
