"""Additions to SimCord's page: it follows new messages and restarts, has menus, and hides developer tools."""

from __future__ import annotations

from html import escape
from importlib import resources
from typing import Any

from aiohttp import web

from bot.demo.page import apps_menus, restart
from bot.demo.page.apps_menus import AppsMenus
from bot.demo.page.command_texts import CommandTexts
from bot.demo.page.restart import Instance

_STYLES = ("playground.css", "menus.css")
_SCRIPTS = ("playground.js", "menus.js", "typing.js", "restart.js")
# The page numbers its actions, so menus must use its own functions, which it doesn't export.
_EXPORTS = "export { actions, dispatch, request };\n"


def add_assets(preview: Any, menus: AppsMenus, texts: CommandTexts, instance: Instance) -> None:
    """Add what this folder adds to a preview's page, before the preview is entered."""
    server = preview._server
    serve_static = server._static
    files = {f"/{name}": name for name in (*_STYLES, *_SCRIPTS)}
    head = _head(menus.label) + instance.head

    async def handle(request: web.Request) -> web.Response:
        if request.path == apps_menus.PATH:
            return await menus.answer(request)
        if request.path == restart.PATH:
            return instance.answer(request)
        if (name := files.get(request.path)) is not None:
            kind = "text/css" if name in _STYLES else "application/javascript"
            return web.Response(text=_read(name), content_type=kind, headers=server._SECURITY_HEADERS)
        response = await serve_static(request)
        if request.path == "/":
            response.text = response.text.replace("</head>", f"{head}</head>")
        elif request.path == "/app.js":
            response.text += _EXPORTS
        return response

    server._static = handle
    server._commands = texts.answer
    server._STATIC_FILES = {
        **server._STATIC_FILES,
        **dict.fromkeys((apps_menus.PATH, restart.PATH, *files), "index.html"),
    }


def _head(label: str) -> str:
    styles = (f'<link rel="stylesheet" href="/{name}">' for name in _STYLES)
    scripts = (f'<script type="module" src="/{name}"></script>' for name in _SCRIPTS)
    return "".join((f'<meta name="apps" content="{escape(label)}">', *styles, *scripts))


def _read(name: str) -> str:
    return (resources.files("bot.demo.page") / "static" / name).read_text(encoding="utf-8")
