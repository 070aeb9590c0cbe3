"""SimCord's preview made live: time passes, changes show by themselves, and clicks never collide."""

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

from bot.demo.page.apps_menus import Menus
from bot.demo.page.assets import dress
from bot.demo.page.typed_text import read_command, with_mentions

log = logging.getLogger(__name__)

_SHOWN_SIDE = 1600
_MEDIA_BUDGET = 1024**3
_MOST_PARSERS = 100


class DisplayWorker(MediaWorker):
    """Shows large pictures as a smaller copy, and leaves everything else to SimCord."""

    async def validate(self, key: str, blob: bytes, *, media_time: float | None = None) -> MediaInfo:
        """Return what the page shows for a file."""
        try:
            return await asyncio.to_thread(_display_copy, blob)
        except pyvips.Error:
            return await super().validate(key, blob, media_time=media_time)


class LivePreview:
    """A preview whose pages follow what the bot does, one thing at a time."""

    def __init__(self, env: Any, preview: Preview, *, beat: float = 0.25) -> None:
        self._env = env
        self._preview = preview
        self._beat = beat
        self._turn = asyncio.Lock()
        self._seen = 0
        self._passed = time.monotonic()
        self._act: Callable[..., Any] = preview._action  # pyright: ignore[reportPrivateUsage]  # no public hook
        inside: Any = preview
        inside._action = self._one_at_a_time
        inside._media_worker = DisplayWorker()
        inside._MAX_MEDIA_BYTES = _MEDIA_BUDGET

    @property
    def url(self) -> str:
        """The page's address, which lets whoever has it act."""
        return self._preview.url

    async def run(self) -> None:
        """Let time pass and show what changes, until the page is closed."""
        closed = asyncio.ensure_future(self._preview.wait_closed())
        try:
            while not closed.done():
                await asyncio.wait((closed,), timeout=self._beat)
                async with self._turn:
                    await self._pass_time()
        finally:
            closed.cancel()

    async def close(self) -> None:
        """Close the page, so that another one can be opened on the same chat server."""
        async with self._turn:
            await self._preview.close()

    @asynccontextmanager
    async def still(self) -> AsyncGenerator[None]:
        """Hold the page still while other hands act on the chat server; what they did shows afterwards."""
        async with self._turn:
            yield

    async def _pass_time(self) -> None:
        try:
            now = time.monotonic()
            await self._env.advance_time(now - self._passed)
            self._passed = now
            if len(self._env.http_requests) != self._seen:
                await self._preview.refresh()
                self._seen = len(self._env.http_requests)
        except (SetupError, TimeoutError) as error:
            log.debug("the page is shown a beat later: %s", error)

    async def _one_at_a_time(self, context_id: str | None, body: Mapping[str, Any]) -> Any:
        """Run a person's action on the newest page: what they see may be a refresh behind."""
        async with self._turn:
            inside: Any = self._preview
            # "in 5 seconds" is counted from this moment, which otherwise only a refresh moves on.
            inside._advance_presentation_time()
            if (page := inside._pages.get(context_id or "")) is not None:
                body = _as_typed(page, body, self._names())
                if "published_revision" in body:
                    body = {**body, "published_revision": page.revision}
            return await self._act(context_id, body)

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
) -> AsyncGenerator[LivePreview]:
    """Open the page on ``channel`` for ``viewers``, who all speak ``locale``.

    ``port`` None picks a free one; ``assets`` are files (name, bytes) by their address.
    """
    _speak(env, locale)
    opening = env.preview(
        channel,
        viewers=viewers,
        layout="channel",
        port=port,
        locale=locale,
        timezone=_timezone(),
        assets=assets,
    )
    dress(opening, Menus(opening, locale))
    with _stored_pictures_shown(), _parsers_kept():
        async with opening as preview:
            live = LivePreview(env, preview)
            passing = asyncio.create_task(live.run())
            try:
                yield live
            finally:
                passing.cancel()
                await asyncio.gather(passing, return_exceptions=True)


@contextmanager
def _stored_pictures_shown() -> Generator[None]:
    """Let a card show another message's picture by its link, as Discord does and SimCord doesn't."""
    inside: Any = pages
    known = inside._snapshot_has_sticker
    # It decides whether a link into the chat server's storage is looked up.
    inside._snapshot_has_sticker = _always
    try:
        yield
    finally:
        inside._snapshot_has_sticker = known


@contextmanager
def _parsers_kept() -> Generator[None]:
    """Let one parser read all texts of a kind in the same surroundings.

    SimCord makes one for each text, which takes longer than all the rest of showing a page.
    """
    inside: Any = markdown
    make, kept = inside._markdown_parser, dict[tuple[int, str], Any]()

    def parser(policy: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
        key = (id(policy), repr(context))
        if key not in kept:
            if len(kept) >= _MOST_PARSERS:
                kept.clear()
            kept[key] = make(policy, context)
        return kept[key]

    inside._markdown_parser = parser
    try:
        yield
    finally:
        inside._markdown_parser = make


def _always(*_: object) -> bool:
    return True


def _speak(env: Any, locale: str) -> None:
    """Let interactions carry the language that all speak, where SimCord always says English."""
    emit = env.backend.emit

    def spoken(event: str, payload: Mapping[str, Any]) -> None:
        theirs = dict.fromkeys(payload.keys() & {"locale", "guild_locale"}, locale)
        emit(event, {**payload, **theirs} if event == "INTERACTION_CREATE" else payload)

    env.backend.emit = spoken


def _timezone() -> str:
    """Return this computer's time zone by name."""
    _, found, name = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")
    return name if found and name in available_timezones() else "UTC"


def _as_typed(page: Any, body: Mapping[str, Any], names: Mapping[str, int]) -> Mapping[str, Any]:
    """Turn a sent message that is a typed-out command into that command, and names in it into mentions."""
    if body.get("kind") != "send_message":
        return body
    text = str(body.get("content", ""))
    typed = read_command(text.strip(), page.command_catalog.get("entries", []))
    if typed is None:
        return {**body, "content": with_mentions(text, names)}
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
        raise pyvips.Error("shown as it is")
    small: Any = pyvips.Image.thumbnail_buffer(blob, _SHOWN_SIDE, height=_SHOWN_SIDE, size="down")
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
        # Without this the page warns of a decoder that is not fenced in, which is not the one used here.
        memory_limited=True,
    )
