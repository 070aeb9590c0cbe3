"""The texts of commands in the page's language: SimCord's page shows the untranslated ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web


class CommandTexts:
    """Translates the page's catalogue of commands; names of commands and options stay, as one types them."""

    def __init__(self, preview: Any, locale: str) -> None:
        self._preview = preview
        self._locale = locale
        self._serve_original = preview._server._commands

    async def answer(self, request: web.Request) -> web.Response:
        """Return the catalogue as SimCord's server does, translated."""
        response = await self._serve_original(request)
        if response.status == 200:
            page = self._preview._get_page(request.headers.get("X-Simcord-Context"))
            commands = self._preview.env.backend.visible_commands(
                user_id=page.viewer.id, channel_id=page.channel_id
            )
            response.text = json.dumps(translate(json.loads(response.text), commands, self._locale))
        return response


def translate(
    catalog: Mapping[str, Any], commands: Sequence[Mapping[str, Any]], locale: str
) -> dict[str, Any]:
    """Return a catalogue with the descriptions and choices that ``commands`` have in a language."""
    known = {str(command["id"]): command for command in commands}
    entries = [
        _described(entry, known.get(entry["commandId"], {}), locale) for entry in catalog.get("entries", [])
    ]
    return {**catalog, "entries": entries}


def _described(entry: Mapping[str, Any], command: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """Return a command or option of the catalogue with the texts of its definition."""
    shown = dict(entry)
    described: dict[str, str] = command.get("description_localizations") or {}
    shown["description"] = described.get(locale) or entry["description"]
    if "options" in entry:
        options = {option["name"]: option for option in _list(command, "options")}
        shown["options"] = [
            _described(each, options.get(each["name"], {}), locale) for each in entry["options"]
        ]
    if "choices" in entry:
        names: dict[Any, dict[str, str]] = {
            choice["value"]: choice.get("name_localizations") or {} for choice in _list(command, "choices")
        }
        shown["choices"] = [
            {**each, "name": names.get(each["value"], {}).get(locale) or each["name"]}
            for each in entry["choices"]
        ]
    return shown


def _list(command: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return command.get(key) or []
