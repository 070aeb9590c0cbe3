"""Apps menus for SimCord's page, which has none: the bot's commands on a message and on a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from simcord.backend.errors import SetupError
from simcord.enums import AppCommandType
from simcord.results import ResponseMessage

PATH = "/menus.json"
"""Where the page loads its viewer's menu entries."""
_LABELS = {"zh-CN": "应用", "zh-TW": "應用程式"}
_KINDS = {"message": AppCommandType.MESSAGE, "user": AppCommandType.USER}
# A choice is sent as a click on a button of its message, which the page already knows how to do.
_CHOICE = re.compile(r"message:(\d+):component:apps:(\d+)")


class AppsMenus:
    """A preview's Apps menus; create them before the preview is entered.

    SimCord runs such commands for actors, but not from its page: hence the override of a private method.
    """

    def __init__(self, preview: Any, locale: str) -> None:
        self._preview = preview
        self._locale = locale
        self._prepare_original = preview._prepare_action
        preview._prepare_action = self._prepare_action

    @property
    def label(self) -> str:
        """Discord's name for these menus in the page's language."""
        return _LABELS.get(self._locale, "Apps")

    async def answer(self, request: web.Request) -> web.Response:
        """Return the menu entries of a page's viewer; the page identifies itself by a header."""
        server = self._preview._server
        context = request.headers.get("X-Simcord-Context")
        if not server._authorized(request):
            raise web.HTTPUnauthorized
        try:
            offered = self._offered(self._preview._get_page(context))
        except SetupError:
            raise web.HTTPGone from None
        return web.json_response(offered, headers=server._SECURITY_HEADERS)

    def _offered(self, page: Any) -> dict[str, list[dict[str, str]]]:
        return {
            kind: [{"id": each["id"], "name": self._name(each)} for each in self._commands(page, number)]
            for kind, number in _KINDS.items()
        }

    def _commands(self, page: Any, kind: AppCommandType) -> list[dict[str, Any]]:
        return self._preview.env.backend.visible_commands(
            user_id=page.viewer.id, channel_id=page.channel_id, type=kind
        )

    def _name(self, command: Mapping[str, Any]) -> str:
        names: dict[str, str] = command.get("name_localizations") or {}
        return names.get(self._locale) or command["name"]

    def _prepare_action(self, page: Any, kind: str, body: Mapping[str, Any]) -> Any:
        """Check an action now and return the coroutine that runs it, as SimCord's method does."""
        choice = _CHOICE.fullmatch(str(body.get("control_key")))
        if kind != "click" or choice is None:
            return self._prepare_original(page, kind, body)
        preview = self._preview
        preview._require_current_history(page)
        message = preview._target_message(page, int(choice[1]))
        command, target = self._chosen(page, choice[2], message)

        async def run(action: Any, cursor: int) -> dict[str, Any]:
            running = page.viewer.context_menu(preview.channel, command, target)
            return await preview._run_interaction_action(page, action, cursor, running, republish_all=True)

        return run

    def _chosen(self, page: Any, command_id: str, message: Any) -> tuple[str, Any]:
        """Return the command's name and its target."""
        for kind in _KINDS.values():
            for command in self._commands(page, kind):
                if command["id"] != command_id:
                    continue
                if kind == AppCommandType.USER:
                    return command["name"], self._preview._member_handle(page, message.author_id)
                return command["name"], ResponseMessage(self._preview.env, message)
        raise SetupError("command is unavailable")
