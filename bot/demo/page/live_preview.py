"""Make SimCord's preview live: time passes, changes show without a reload, actions are serialized."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pyvips
from simcord.backend.errors import SetupError
from simcord.preview import Preview
from simcord.preview import _markdown as markdown  # pyright: ignore[reportPrivateUsage]  # see _parsers_kept
from simcord.preview import _pages as pages  # pyright: ignore[reportPrivateUsage]  # see _stored_pictures_shown

# The preview's own media check refuses pictures whose PNG is over 10 MiB, which every 4K picture's is.
from simcord.preview._media import MediaInfo, MediaWorker  # pyright: ignore[reportPrivateUsage]  # see above

from bot.demo.page.apps_menus import AppsMenus
from bot.demo.page.assets import add_assets
from bot.demo.page.command_texts import CommandTexts
from bot.demo.page.restart import Instance
from bot.demo.page.typed_text import parse_command, resolve_mentions

log = logging.getLogger(__name__)

_DISPLAY_SIDE = 1600
_MEDIA_BUDGET = 1024**3
_MAX_PARSERS = 100


class DisplayWorker(MediaWorker):
    """Serve large pictures as smaller copies, and leave everything else to SimCord."""

    async def validate(self, key: str, blob: bytes, *, media_time: float | None = None) -> MediaInfo:
        """Return the display copy of a file."""
        try:
            return await asyncio.to_thread(_display_copy, blob)
        except pyvips.Error:
            return await super().validate(key, blob, media_time=media_time)


class LivePreview:
    """A preview whose pages follow the bot's changes; everything on it is serialized."""

    def __init__(self, env: Any, preview: Preview, *, interval: float = 0.25) -> None:
        self._env = env
        self._preview = preview
        self._interval = interval
        self._lock = asyncio.Lock()
        self._requests_shown = 0
        self._advanced_to = time.monotonic()
        self._run_action: Callable[..., Any] = preview._action  # pyright: ignore[reportPrivateUsage]  # no public hook
        internals: Any = preview
        internals._action = self._run_serialized
        internals._media_worker = DisplayWorker()
        internals._MAX_MEDIA_BYTES = _MEDIA_BUDGET

    @property
    def url(self) -> str:
        """The page's URL, including its access token."""
        return self._preview.url

    async def run(self) -> None:
        """Advance simulated time and refresh the pages until they are closed."""
        closed = asyncio.ensure_future(self._preview.wait_closed())
        try:
            while not closed.done():
                await asyncio.wait((closed,), timeout=self._interval)
                async with self._lock:
                    await self._advance_time()
        finally:
            closed.cancel()

    async def close(self) -> None:
        """Close the page, so that another one can be opened on the same server."""
        async with self._lock:
            await self._preview.close()

    @asynccontextmanager
    async def paused(self) -> AsyncGenerator[None]:
        """Suspend page updates while code acts on the server; the changes show afterwards."""
        async with self._lock:
            yield

    async def _advance_time(self) -> None:
        try:
            now = time.monotonic()
            await self._env.advance_time(now - self._advanced_to)
            self._advanced_to = now
            if len(self._env.http_requests) != self._requests_shown:
                await self._preview.refresh()
                self._requests_shown = len(self._env.http_requests)
        except (SetupError, TimeoutError) as error:
            log.debug("page refresh delayed: %s", error)

    async def _run_serialized(self, context_id: str | None, body: Mapping[str, Any]) -> Any:
        """Run an action on the newest revision; the one in the browser may be a refresh behind."""
        async with self._lock:
            internals: Any = self._preview
            # Relative times count from this moment, which otherwise only a refresh updates.
            internals._advance_presentation_time()
            if (page := internals._pages.get(context_id or "")) is not None:
                body = _interpret_message(page, body, self._names())
                if "published_revision" in body:
                    body = {**body, "published_revision": page.revision}
            return await self._run_action(context_id, body)

    def _names(self) -> dict[str, int]:
        return {user.name: user.id for user in self._env.backend.users.values()}


@asynccontextmanager
async def live_preview(
    env: Any,
    channel: Any,
    viewers: Sequence[Any],
    *,
    port: int | None,
    locale: str = "en-US",
    assets: Mapping[str, tuple[str, bytes]] | None = None,
    secret: str | None = None,
) -> AsyncGenerator[LivePreview]:
    """Open the page on ``channel`` for ``viewers`` with the client language ``locale``.

    ``port`` None picks a free one; ``assets`` are files (name, bytes) by URL; ``secret`` is that of the
    page's address, a new one for None.
    """
    _set_interaction_locale(env, locale)
    opening = env.preview(
        channel,
        viewers=viewers,
        layout="channel",
        port=port,
        locale=locale,
        timezone=_timezone(),
        assets=assets,
    )
    opening.capability = secret or opening.capability
    add_assets(opening, AppsMenus(opening, locale), CommandTexts(opening, locale), Instance(opening, locale))
    with _show_stored_pictures(), _cache_parsers():
        async with opening as preview:
            live = LivePreview(env, preview)
            passing = asyncio.create_task(live.run())
            try:
                yield live
            finally:
                passing.cancel()
                await asyncio.gather(passing, return_exceptions=True)


@contextmanager
def _show_stored_pictures() -> Generator[None]:
    """Let a card show another message's picture by URL, as Discord does and SimCord doesn't."""
    internals: Any = pages
    known = internals._snapshot_has_sticker
    # It decides whether a URL of the server's storage is looked up.
    internals._snapshot_has_sticker = _always
    try:
        yield
    finally:
        internals._snapshot_has_sticker = known


@contextmanager
def _cache_parsers() -> Generator[None]:
    """Cache Markdown parsers by policy and context.

    SimCord creates one for each text, which takes longer than the rest of rendering a page.
    """
    internals: Any = markdown
    make, kept = internals._markdown_parser, dict[tuple[int, str], Any]()

    def parser(policy: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
        key = (id(policy), repr(context))
        if key not in kept:
            if len(kept) >= _MAX_PARSERS:
                kept.clear()
            kept[key] = make(policy, context)
        return kept[key]

    internals._markdown_parser = parser
    try:
        yield
    finally:
        internals._markdown_parser = make


def _always(*_: object) -> bool:
    return True


def _set_interaction_locale(env: Any, locale: str) -> None:
    """Set the locale of every interaction, which SimCord fixes to English."""
    emit = env.backend.emit

    def emit_localized(event: str, payload: Mapping[str, Any]) -> None:
        theirs = dict.fromkeys(payload.keys() & {"locale", "guild_locale"}, locale)
        emit(event, {**payload, **theirs} if event == "INTERACTION_CREATE" else payload)

    env.backend.emit = emit_localized


def _timezone() -> str:
    """Return this computer's time zone by name."""
    _, found, name = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")
    return name if found and name in available_timezones() else "UTC"


def _interpret_message(page: Any, body: Mapping[str, Any], names: Mapping[str, int]) -> Mapping[str, Any]:
    """Turn a typed command into a command action, and @names of other messages into mentions."""
    if body.get("kind") != "send_message":
        return body
    text = str(body.get("content", ""))
    typed = parse_command(text.strip(), page.command_catalog.get("entries", []))
    if typed is None:
        return {**body, "content": resolve_mentions(text, names)}
    return {
        **body,
        "kind": "run_command",
        "command_id": typed.entry["commandId"],
        "path": typed.entry["path"],
        "schema_fingerprint": typed.entry["schemaFingerprint"],
        "options": typed.options,
    }


def _display_copy(blob: bytes) -> MediaInfo:
    full: Any = pyvips.Image.new_from_buffer(blob, "", access="sequential")
    if full.hasalpha() or "n-pages" in full.get_fields():
        raise pyvips.Error("no display copy needed")
    small: Any = pyvips.Image.thumbnail_buffer(blob, _DISPLAY_SIDE, height=_DISPLAY_SIDE, size="down")
    shown: bytes = small.jpegsave_buffer(Q=88)
    return MediaInfo(
        str(full.get("vips-loader")).removesuffix("load_buffer").upper(),
        # The page refuses an image that turns out to have another size than this.
        small.width,
        small.height,
        1,
        small.width * small.height * 4,
        shown,
        "image/jpeg",
        capture=shown,
        poster=shown,
        # Without this the page warns about a decoder without a memory limit, which isn't used here.
        memory_limited=True,
    )
