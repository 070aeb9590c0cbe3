"""What lets an open page notice that the demo was restarted, and go on with the new process."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from html import escape
from pathlib import Path
from typing import Any

from aiohttp import web

PATH = "/instance.json"
"""Where a page asks which process serves it."""
_SECRET_BYTES = 32
_TEXTS = {
    "en": {
        "stopped": "The demo has stopped. This page goes on when it is started again.",
        "restarted": "The demo was restarted. Loading the page again…",
        "moved": "The demo was restarted and has a new address: open the one in its terminal.",
    },
    "zh-CN": {
        "stopped": "演示已停止。重新启动后，这个页面会继续。",
        "restarted": "演示已重新启动，正在重新载入页面…",
        "moved": "演示已重新启动，地址变了：请打开终端里显示的新地址。",
    },
    "zh-TW": {
        "stopped": "示範已停止。重新啟動後，這個頁面會繼續。",
        "restarted": "示範已重新啟動，正在重新載入頁面…",
        "moved": "示範已重新啟動，網址變了：請開啟終端機裡顯示的新網址。",
    },
}


class Instance:
    """This process, as its pages see it."""

    def __init__(self, preview: Any, locale: str) -> None:
        self._preview = preview
        self._id = secrets.token_hex(8)
        self._texts = _TEXTS.get(locale, _TEXTS["en"])

    @property
    def head(self) -> str:
        """The elements of the page's head that its script reads."""
        texts = escape(json.dumps(self._texts))
        return f'<meta name="instance" content="{self._id}"><meta name="restart-texts" content="{texts}">'

    def answer(self, request: web.Request) -> web.Response:
        """Return which process this is, and whether the page's address is valid."""
        server = self._preview._server
        answer = {"id": self._id, "valid": server._authorized(request)}
        return web.json_response(answer, headers=server._SECURITY_HEADERS)


def load_secret() -> str:
    """Return the secret part of the page's address, which stays the same when the demo is restarted.

    It is kept in a file that only this user can read; where that can't be written, it is a new one.
    """
    file = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jimeng-bot" / "demo-secret"
    with contextlib.suppress(OSError):
        if len(secret := file.read_text("ascii")) >= _SECRET_BYTES:
            return secret
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(secret, "ascii")
    return secret
