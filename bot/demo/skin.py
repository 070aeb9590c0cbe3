"""What is added to SimCord's page: it stays at the newest message, and tools for developers are put away."""

from __future__ import annotations

from typing import Any

from aiohttp import web

STYLE = """
#refresh, #capture-open, #inspector-toggle, #view-action-output, .session-menu { display: none !important; }
@media (max-width: 760px) {
  .preview-shell { --toolbar-height: 52px !important; }
  #action-status { flex: 1 1 4rem !important; }
}
"""
SCRIPT = """
// The page itself loses its place at the end when a picture is taller than what stood there before: whoever
// was at the end, or has just sent something, is held there for a moment after each change.
const timeline = document.getElementById("channel-timeline");
let following = true;
let held = 0;
const far = () => timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight;
const drop = () => { if (following) timeline.scrollTop = timeline.scrollHeight; };
const follow = () => requestAnimationFrame(drop);
const hold = () => { held = performance.now() + 1500; follow(); };
const free = () => { following = false; held = 0; };
timeline.addEventListener("scroll", () => {
  if (far() < 2) following = true;
  else if (performance.now() < held) follow();
  else following = false;
}, { passive: true });
timeline.addEventListener("wheel", (event) => { if (event.deltaY < 0) free(); }, { passive: true });
for (const kind of ["touchmove", "pointerdown", "keydown"]) {
  timeline.addEventListener(kind, free, { passive: true });
}
for (const kind of ["touchend", "pointerup", "keyup"]) {
  timeline.addEventListener(kind, () => { if (far() < 2) following = true; }, { passive: true });
}
document.getElementById("channel-composer").addEventListener("submit", () => { following = true; hold(); });
const sizes = new ResizeObserver(hold);
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
