"""Registers the slash commands and menus with Discord."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import aiohttp
import discord
from discord import app_commands

log = logging.getLogger(__name__)

_TEMPORARY = (discord.DiscordServerError, discord.RateLimited, aiohttp.ClientError, TimeoutError)
_PAUSES = (30.0, 60.0, 120.0, 300.0, 600.0)
"""Seconds between attempts while Discord fails."""
_INVALID_COMMANDS = 50035
"""Discord's code for a form that it refuses."""


class CommandRegistration:
    """Registers the commands of ``tree`` when they differ from what Discord has; never fails.

    The digest of what was registered is kept in ``folder``.
    """

    def __init__(
        self, tree: app_commands.CommandTree[Any], translator: app_commands.Translator, folder: Path
    ) -> None:
        self._tree = tree
        self._translator = translator
        self._folder = folder
        self._retries: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Register the commands now, or in the background while Discord fails."""
        if not await self._attempt():
            self._retries = asyncio.create_task(self._retry(), name="command registration")

    def stop(self) -> None:
        """Give up further attempts."""
        if self._retries is not None:
            self._retries.cancel()

    async def _retry(self) -> None:
        attempt = 0
        while True:
            await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            if await self._attempt():
                return
            attempt += 1

    async def _attempt(self) -> bool:
        """Register the commands; return False where another attempt can help."""
        try:
            await self._register()
        except _TEMPORARY as error:
            log.warning("the commands could not be registered now (%s); trying again later", error)
            return False
        except (discord.HTTPException, app_commands.AppCommandError):
            log.exception("Discord refused the commands; those it has stay until the next start")
        return True

    async def _register(self) -> None:
        declared = self._tree.get_commands()
        local = [await command.get_translated_payload(self._tree, self._translator) for command in declared]
        digest = hashlib.sha256(json.dumps(local, sort_keys=True).encode()).hexdigest()
        mark = self._folder / f"commands-{self._tree.client.application_id}.sha256"
        known = {(command.name, command.type.value) for command in await self._tree.fetch_commands()}
        same = known == {(command["name"], command["type"]) for command in local}
        if same and await asyncio.to_thread(_read, mark) == digest:
            return
        await self._upsert(local)
        log.info("commands registered: %s", ", ".join(f"/{command['name']}" for command in local))
        await asyncio.to_thread(_write, mark, digest)

    async def _upsert(self, payload: list[dict[str, Any]]) -> None:
        """Do what ``CommandTree.sync`` does, which would translate every command again."""
        client = self._tree.client
        try:
            await client.http.bulk_upsert_global_commands(client.application_id or 0, payload=payload)
        except discord.HTTPException as error:
            if error.code == _INVALID_COMMANDS:
                raise app_commands.CommandSyncFailure(error, self._tree.get_commands()) from None
            raise


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        log.warning("%s can't be written, so the commands are registered at each start: %s", path, error)
