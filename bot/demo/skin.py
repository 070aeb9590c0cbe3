"""What is added to SimCord's page: it stays at the newest message, and tools for developers are put away."""

from __future__ import annotations

from typing import Any

from aiohttp import web

STYLE = """
#refresh, #capture-open, #inspector-toggle, #view-action-output, .session-menu { display: none !important; }
"""
SCRIPT = """
// The page itself loses its place at the end when a picture is taller than what stood there before.
const timeline = document.getElementById("channel-timeline");
let following = true;
const look = () => requestAnimationFrame(() => {
  following = timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 48;
});
for (const kind of ["wheel", "touchmove", "touchend", "pointerup", "keyup"]) {
  timeline.addEventListener(kind, look, { passive: true });
}
const follow = () => requestAnimationFrame(() => {
  if (following) timeline.scrollTop = timeline.scrollHeight;
});
document.getElementById("channel-composer").addEventListener("submit", () => { following = true; follow(); });
const sizes = new ResizeObserver(follow);
sizes.observe(document.getElementById("channel-message-list"));
sizes.observe(timeline);
"""
_HEAD = '<link rel="stylesheet" href="/playground.css"><script type="module" src="/playground.js"></script>'
_FILES = {"/playground.css": (STYLE, "text/css"), "/playground.js": (SCRIPT, "application/javascript")}


def dress(preview: Any) -> None:
    """Add style and script to a preview's page; it must not be entered yet."""
    server = preview._server
    plain = server._static

    async def dressed(request: web.Request) -> web.Response:
        if (file := _FILES.get(request.path)) is not None:
            text, kind = file
            return web.Response(text=text, content_type=kind, headers=server._SECURITY_HEADERS)
        response = await plain(request)
        if request.path == "/":
            response.text = response.text.replace("</head>", f"{_HEAD}</head>")
        return response

    server._static = dressed
    server._STATIC_FILES = {**server._STATIC_FILES, **dict.fromkeys(_FILES, "index.html")}
