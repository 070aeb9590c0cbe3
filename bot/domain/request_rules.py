"""Pure functions: may this be asked for, and who may touch what was asked for?"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import get_args

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings, Preferences
from bot.domain.models import PIXELS, Draft, ImageRequest, Job, Ratio, Requester, Size, Style, StyleOwner
from bot.textfilter.blocklist import word_filter

PROMPT_LIMIT = 2000
"""Characters; the relay advises far fewer, see ``is_long``."""
ADVISED_WORDS, ADVISED_CHINESE = 600, 300
"""The relay's advice for a prompt: past so many English words or Chinese characters details get lost."""
MOST_PICTURES = 4
STYLE_NAME_LIMIT, STYLE_TEXT_LIMIT = 32, 400
"""Characters; a prompt and its style together stay well under what one call may hold."""
MOST_STYLES: dict[str, int] = {"member": 20, "guild": 25}
NO_STYLE = "-"
"""What is asked for instead of a style's name where there shall be none."""
_MOST_NAMED = 5

_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def check(draft: Draft, models: tuple[str, ...]) -> None:
    """Raise ``RuleBroken`` for a request that can't be taken as it is."""
    prompt = draft.request.prompt.strip()
    if not prompt:
        raise RuleBroken("prompt-empty")
    if len(prompt) > PROMPT_LIMIT:
        raise RuleBroken("prompt-too-long", limit=PROMPT_LIMIT, length=len(prompt))
    if not 1 <= draft.count <= MOST_PICTURES:
        raise RuleBroken("count", most=MOST_PICTURES)
    if draft.request.model is not None and draft.request.model not in models:
        raise RuleBroken("model", models=", ".join(models))


def permit(draft: Draft, requester: Requester, settings: GuildSettings) -> None:
    """Raise ``RuleBroken`` for a request that a server's settings don't allow."""
    permit_place(requester, settings)
    if "size" not in draft.unsaid and is_larger(draft.request.size, settings.largest):
        raise RuleBroken("too-large", largest=settings.largest)
    texts = [draft.request.prompt, *([draft.style.text] if draft.style else [])]
    if any(word := word_filter(settings.blocked_words).find(text) for text in texts):
        raise RuleBroken("blocked-words", detail=f"the word {word!r}")


def permit_place(requester: Requester, settings: GuildSettings) -> None:
    """Raise ``RuleBroken`` where a server's settings don't let this person have pictures in this place.

    What holds for a place holds for everyone in it; what holds for persons, not for those who keep order.
    """
    if settings.paused:
        raise RuleBroken("server-paused")
    if settings.channels and settings.channels.isdisjoint({requester.channel_id, requester.parent_id}):
        raise RuleBroken("channel", channels=_mentions("#", settings.channels))
    if settings.roles and settings.roles.isdisjoint(requester.roles) and not requester.moderator:
        raise RuleBroken("role", roles=_mentions("@&", settings.roles))


def settle(draft: Draft, settings: GuildSettings, chosen: Preferences) -> Draft:
    """Fill in what the asker left open: as they prefer, else as the server has it."""
    request = draft.request
    if "ratio" in draft.unsaid:
        request = replace(request, ratio=chosen.ratio or settings.ratio)
    if "size" in draft.unsaid:
        request = replace(request, size=default_size(settings, chosen.size))
    return replace(draft, request=request, unsaid=frozenset())


def default_size(settings: GuildSettings, preferred: Size | None = None) -> Size:
    """Return the size that is drawn where none is asked for, which the server may keep small."""
    wanted = preferred or settings.size
    return settings.largest if is_larger(wanted, settings.largest) else wanted


def is_hidden(requester: Requester, settings: GuildSettings) -> bool:
    """Whether pictures are marked as spoilers in this place."""
    return settings.spoilers and not requester.age_restricted


def is_larger(size: Size, than: Size) -> bool:
    """Whether a size is larger than another."""
    sizes = get_args(Size)
    return sizes.index(size) > sizes.index(than)


def sizes_up_to(largest: Size) -> list[Size]:
    """Return the sizes that are drawn where there is a largest one."""
    return [size for size in get_args(Size) if not is_larger(size, largest)]


def composed(draft: Draft) -> ImageRequest:
    """Return what the relay is asked: the prompt, followed by the text of its style."""
    request, style = draft.request, draft.style
    if style is None or not style.text:
        return request
    return replace(request, prompt=f"{request.prompt}\n{style.text}")


def is_long(prompt: str) -> bool:
    """Whether a prompt is past the relay's advice, whichever of the two languages it is in."""
    chinese = len(_CHINESE.findall(prompt))
    words = len(_WORD.findall(_CHINESE.sub(" ", prompt)))
    return chinese / ADVISED_CHINESE + words / ADVISED_WORDS > 1


def tidy(style: Style) -> Style:
    """Return a style as it is kept, its spaces put in order; raise ``RuleBroken`` where that can't be."""
    # PostgreSQL refuses a text with the character NUL, which nobody can see either.
    name, text = (" ".join(part.replace("\x00", "").split()) for part in (style.name, style.text))
    if not 1 <= len(name) <= STYLE_NAME_LIMIT or name == NO_STYLE:
        raise RuleBroken("style-name", limit=STYLE_NAME_LIMIT)
    if not 1 <= len(text) <= STYLE_TEXT_LIMIT:
        raise RuleBroken("style-text", limit=STYLE_TEXT_LIMIT)
    return Style(name=name, text=text)


def may_keep(owner: StyleOwner, user_id: int, guild_id: int | None, *, manager: bool) -> bool:
    """Whether this person may change the owner's styles: their own, and a server's where they manage it."""
    if owner.kind == "member":
        return owner.id == user_id
    return manager and owner.id == guild_id


def other_size(size: Size) -> Size:
    """Return the size to try where this one is refused."""
    return "4K" if size == "2K" else "2K"


def closest_ratio(width: int | None, height: int | None) -> Ratio:
    """Return the ratio that is most like a picture's own; square where that isn't known."""
    if not width or not height:
        return "1:1"
    own = math.log(width / height)
    sides = PIXELS["2K"]
    return min(sides, key=lambda ratio: abs(math.log(sides[ratio][0] / sides[ratio][1]) - own))


def may_change(job: Job, user_id: int, *, moderator: bool) -> bool:
    """Whether this person may cancel or delete the job: its asker and moderators may."""
    return moderator or job.requester.user_id == user_id


def _mentions(sign: str, ids: frozenset[int]) -> str:
    """Name a few channels or roles; a long list helps nobody."""
    named = [f"<{sign}{id_}>" for id_ in sorted(ids)[:_MOST_NAMED]]
    return " ".join([*named, *(["…"] if len(ids) > _MOST_NAMED else [])])
