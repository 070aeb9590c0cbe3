"""The registered commands as users see them, read from the command tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from discord import AppCommandType, Permissions, app_commands

from bot.services.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandInfo:
    """A command with its name and description in every language."""

    name: str
    kind: AppCommandType
    about: str
    """Empty for a context menu."""
    names: Mapping[str, str]
    abouts: Mapping[str, str]
    needs: Permissions | None
    """Default permissions it is shown for; None: everyone."""
    id: int | None

    def mention(self, allowed: Permissions) -> str:
        """Return a clickable mention if the id is known and the reader may use the command, else its name."""
        if self.id is None or (self.needs is not None and not self.needs <= allowed):
            return f"`/{self.name}`"
        return f"</{self.name}:{self.id}>"


class CommandList:
    """Lists the commands of ``tree``, translated by ``translator``."""

    def __init__(self, tree: app_commands.CommandTree[Any], translator: app_commands.Translator) -> None:
        self._tree = tree
        self._translator = translator
        self._ids: dict[tuple[AppCommandType, str], int] = {}
        self._soon = Deadline(2.0)

    async def commands(self) -> tuple[CommandInfo, ...]:
        """Return all commands in the order of registration, slash commands first."""
        kinds = (AppCommandType.chat_input, AppCommandType.message, AppCommandType.user)
        declared = [(kind, command) for kind in kinds for command in self._tree.get_commands(type=kind)]
        if any((kind, command.name) not in self._ids for kind, command in declared):
            # Once per process, unless another process is still syncing new commands.
            self._ids = await self._soon.wait_or_default(self._fetch(), self._ids)
        return tuple([await self._line(kind, command) for kind, command in declared])

    async def _fetch(self) -> dict[tuple[AppCommandType, str], int]:
        return {(command.type, command.name): command.id for command in await self._tree.fetch_commands()}

    async def _line(self, kind: AppCommandType, command: Any) -> CommandInfo:
        payload: dict[str, Any] = await command.get_translated_payload(self._tree, self._translator)
        return CommandInfo(
            name=command.name,
            kind=kind,
            about=payload.get("description", ""),
            names=payload["name_localizations"],
            abouts=payload.get("description_localizations", {}),
            needs=command.default_permissions,
            id=self._ids.get((kind, command.name)),
        )
