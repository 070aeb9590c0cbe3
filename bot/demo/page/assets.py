"""Additions to SimCord's page: it follows the newest message, has menus, and hides developer tools."""

from __future__ import annotations

from html import escape
from importlib import resources
from typing import Any

from aiohttp import web

from bot.demo.page.apps_menus import PATH, AppsMenus

_STYLES = ("playground.css", "menus.css")
_SCRIPTS = ("playground.js", "menus.js")
# The page numbers its actions, so menus must use its own functions, which it doesn't export.
_EXPORTS = "export { actions, dispatch, request };\n"


def add_assets(preview: Any, menus: AppsMenus) -> None:
    """Add styles, scripts and menus to a preview's page, before the preview is entered."""
    server = preview._server
    serve_static = server._static
    files = {f"/{name}": name for name in (*_STYLES, *_SCRIPTS)}
    head = _head(menus.label)

    async def handle(request: web.Request) -> web.Response:
        if request.path == PATH:
            return await menus.answer(request)
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
    server._STATIC_FILES = {**server._STATIC_FILES, **dict.fromkeys((PATH, *files), "index.html")}


def _head(label: str) -> str:
    styles = (f'<link rel="stylesheet" href="/{name}">' for name in _STYLES)
    scripts = (f'<script type="module" src="/{name}"></script>' for name in _SCRIPTS)
    return "".join((f'<meta name="apps" content="{escape(label)}">', *styles, *scripts))


def _read(name: str) -> str:
    return (resources.files("bot.demo.page") / "static" / name).read_text(encoding="utf-8")
