"""What is added to SimCord's page: it keeps to the newest message, has menus, and hides developers' tools."""

from __future__ import annotations

from html import escape
from importlib import resources
from typing import Any

from aiohttp import web

from bot.demo.page.apps_menus import PATH, Menus

_STYLES = ("playground.css", "menus.css")
_SCRIPTS = ("playground.js", "menus.js")
# Actions are counted, so the menus have to go the page's own way, which it keeps to itself.
_EXPORTS = "export { actions, dispatch, request };\n"


def dress(preview: Any, menus: Menus) -> None:
    """Add styles, scripts and menus to a preview's page; it must not be entered yet."""
    server = preview._server
    plain = server._static
    files = {f"/{name}": name for name in (*_STYLES, *_SCRIPTS)}
    head = _head(menus.label)

    async def dressed(request: web.Request) -> web.Response:
        if request.path == PATH:
            return await menus.answer(request)
        if (name := files.get(request.path)) is not None:
            kind = "text/css" if name in _STYLES else "application/javascript"
            return web.Response(text=_read(name), content_type=kind, headers=server._SECURITY_HEADERS)
        response = await plain(request)
        if request.path == "/":
            response.text = response.text.replace("</head>", f"{head}</head>")
        elif request.path == "/app.js":
            response.text += _EXPORTS
        return response

    server._static = dressed
    server._STATIC_FILES = {**server._STATIC_FILES, **dict.fromkeys((PATH, *files), "index.html")}


def _head(label: str) -> str:
    styles = (f'<link rel="stylesheet" href="/{name}">' for name in _STYLES)
    scripts = (f'<script type="module" src="/{name}"></script>' for name in _SCRIPTS)
    return "".join((f'<meta name="apps" content="{escape(label)}">', *styles, *scripts))


def _read(name: str) -> str:
    return (resources.files("bot.demo.page") / "static" / name).read_text(encoding="utf-8")
