"""Pure rules: which requests are allowed, and who may manage them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import replace
from typing import get_args

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings, Pause, Preferences
from bot.domain.image_models.catalogue import Catalogue
from bot.domain.image_models.ratios import shape, shape_of
from bot.domain.models import (
    PIXELS,
    ComparedModel,
    Draft,
    ImageRequest,
    Job,
    Ratio,
    Requester,
    Size,
    Style,
    StyleOwner,
)
from bot.domain.requests.asked import ASKED_RATIO, ASKED_SIZE
from bot.domain.requests.redraws import INSTRUCTIONS
from bot.domain.requests.reference_numbers import as_services_number
from bot.textfilter.blocklist import blocklist_for
from bot.textfilter.normalize import is_blank

PROMPT_LIMIT = 2000
"""Characters; the relay advises far fewer, see ``is_long``."""
ADVISED_WORDS, ADVISED_CHINESE = 600, 300
"""The relay's advice for prompts: beyond so many English words or Chinese characters details get lost."""
MAX_PICTURES = 4
STYLE_NAME_LIMIT, STYLE_TEXT_LIMIT = 32, 400
"""Characters; a prompt and its style together stay well below the relay's limit."""
MAX_STYLES: dict[str, int] = {"member": 20, "guild": 25}
NO_STYLE = "-"
"""The style name that selects no style."""
_MAX_MENTIONS = 5

_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def check(draft: Draft) -> None:
    """Raise ``RuleBroken`` for a request that no server accepts."""
    prompt = draft.request.prompt.strip()
    if is_blank(prompt):
        raise RuleBroken("prompt-empty")
    if len(prompt) > PROMPT_LIMIT:
        raise RuleBroken("prompt-too-long", limit=PROMPT_LIMIT, length=len(prompt))
    if not 1 <= draft.count <= MAX_PICTURES:
        raise RuleBroken("count", most=MAX_PICTURES)
    if draft.request.ratio not in get_args(Ratio) or draft.request.size not in get_args(Size):
        raise RuleBroken("choice-gone")


def check_allowed_server(requester: Requester, allowed: Collection[int]) -> None:
    """Raise ``RuleBroken`` in a server that the bot isn't for; ``allowed`` is empty if it is for all."""
    if allowed and requester.guild_id is not None and requester.guild_id not in allowed:
        raise RuleBroken("server-not-allowed")


def check_guild_rules(draft: Draft, requester: Requester, settings: GuildSettings) -> None:
    """Raise ``RuleBroken`` for a request that the server's settings don't allow."""
    check_channel_rules(requester, settings)
    if "size" not in draft.defaulted and is_larger(draft.request.size, settings.largest):
        raise RuleBroken("too-large", largest=settings.largest)
    texts = [draft.request.prompt, *([draft.style.text] if draft.style else [])]
    if any(word := blocklist_for(settings.blocked_words).find(text) for text in texts):
        raise RuleBroken("blocked-words", detail=f"the word {word!r}")


def check_channel_rules(requester: Requester, settings: GuildSettings) -> None:
    """Raise ``RuleBroken`` where the server's settings exclude this channel or this member.

    Channel rules apply to everyone; role rules don't apply to moderators.
    """
    if settings.paused:
        raise RuleBroken("server-paused")
    if settings.channels and settings.channels.isdisjoint({requester.channel_id, requester.parent_id}):
        raise RuleBroken("channel", channels=_mentions("#", settings.channels))
    if settings.roles and settings.roles.isdisjoint(requester.roles) and not requester.moderator:
        raise RuleBroken("role", roles=_mentions("@&", settings.roles))


def resolve(draft: Draft, settings: GuildSettings, chosen: Preferences) -> Draft:
    """Fill in what the requester left open: from their preferences, else from the server's settings."""
    request = draft.request
    if "ratio" in draft.defaulted:
        request = replace(request, ratio=chosen.ratio or settings.ratio)
    if "size" in draft.defaulted:
        request = replace(request, size=default_size(settings, chosen.size))
    return replace(draft, request=request, defaulted=draft.defaulted & {"model"})


def pause_refusal(pause: Pause) -> RuleBroken:
    """Return what a paused member is told: until when, by whom and why."""
    until = math.ceil(pause.until)
    if not pause.by_id:
        return RuleBroken("member-paused", until=until)
    if not pause.reason:
        return RuleBroken("member-paused-by", until=until, by=f"<@{pause.by_id}>")
    return RuleBroken("member-paused-why", until=until, by=f"<@{pause.by_id}>", why=pause.reason)


def fit_to_model(draft: Draft, models: Catalogue, largest: Size) -> Draft:
    """Return the draft with the ratio and size that its model draws instead of ones that it doesn't have."""
    if draft.compared:
        return _fit_comparison(draft, models, largest)
    request, model = draft.request, models.find(draft.request.model)
    if model is None or model.draws(request.ratio, request.size):
        return draft
    ratio, size = model.nearest(request.ratio, request.size, largest)
    asked = {ASKED_SIZE: request.size, **({ASKED_RATIO: request.ratio} if ratio != request.ratio else {})}
    return replace(draft, request=replace(request, ratio=ratio, size=size), asked={**draft.asked, **asked})


def _fit_comparison(draft: Draft, models: Catalogue, largest: Size) -> Draft:
    """Return a comparison with what each of its models draws, and counts as."""
    request, compared = draft.request, list[ComparedModel]()
    for one in draft.compared:
        model = models.find(one.model) or models.default
        ratio, size = model.nearest(request.ratio, request.size, largest)
        compared.append(replace(one, ratio=ratio, size=size, weight=model.weight))
    return replace(draft, compared=tuple(compared))


def default_size(settings: GuildSettings, preferred: Size | None = None) -> Size:
    """Return the size used where none is requested, within the server's limit."""
    wanted = preferred or settings.size
    return settings.largest if is_larger(wanted, settings.largest) else wanted


def shows_spoilers(requester: Requester, settings: GuildSettings) -> bool:
    """Whether pictures are marked as spoilers in this channel."""
    return settings.spoilers and not requester.age_restricted


def is_larger(size: Size, than: Size) -> bool:
    """Whether a size is larger than another."""
    sizes = get_args(Size)
    return sizes.index(size) > sizes.index(than)


def sizes_up_to(largest: Size) -> list[Size]:
    """Return the sizes up to ``largest``."""
    return [size for size in get_args(Size) if not is_larger(size, largest)]


def relay_request(draft: Draft) -> ImageRequest:
    """Return the request as sent to the relay: with a redraw's instruction or the style's text."""
    request = draft.request.with_references([reference.url for reference in draft.references])
    style = draft.style
    if (instruction := INSTRUCTIONS.get(draft.kind)) is not None:
        return replace(request, prompt=instruction)
    prompt = as_services_number(request.prompt, len(draft.references))
    if style is not None and style.text:
        prompt = f"{prompt}\n{style.text}"
    return replace(request, prompt=prompt)


def is_long(prompt: str) -> bool:
    """Whether a prompt exceeds the relay's advice, in either language or a mix of both."""
    chinese = len(_CHINESE.findall(prompt))
    words = len(_WORD.findall(_CHINESE.sub(" ", prompt)))
    return chinese / ADVISED_CHINESE + words / ADVISED_WORDS > 1


def normalize_style(style: Style) -> Style:
    """Return a style as it is stored, with whitespace normalized; raise ``RuleBroken`` for invalid ones."""
    # PostgreSQL refuses text that contains NUL.
    name, text = (" ".join(part.replace("\x00", "").split()) for part in (style.name, style.text))
    if is_blank(name) or len(name) > STYLE_NAME_LIMIT or name == NO_STYLE:
        raise RuleBroken("style-name", limit=STYLE_NAME_LIMIT)
    if is_blank(text) or len(text) > STYLE_TEXT_LIMIT:
        raise RuleBroken("style-text", limit=STYLE_TEXT_LIMIT)
    return Style(name=name, text=text)


def may_edit_styles(owner: StyleOwner, user_id: int, guild_id: int | None, *, manager: bool) -> bool:
    """Whether this person may change the owner's styles: their own, or those of a server they manage."""
    if owner.kind == "member":
        return owner.id == user_id
    return manager and owner.id == guild_id


def alternative_size(size: Size) -> Size:
    """Return the size to suggest where this one is refused."""
    return "4K" if size == "2K" else "2K"


def closest_ratio(width: int | None, height: int | None) -> Ratio:
    """Return the supported ratio closest to a picture's own; 1:1 where that is unknown."""
    if not width or not height:
        return "1:1"
    own = shape(width, height)
    return min(PIXELS["2K"], key=lambda ratio: abs(shape_of(ratio) - own))


def may_manage_job(job: Job, user_id: int, *, moderator: bool) -> bool:
    """Whether this person may cancel or delete the job: its requester and moderators may."""
    return moderator or job.requester.user_id == user_id


def _mentions(sign: str, ids: frozenset[int]) -> str:
    """Mention the first few channels or roles."""
    named = [f"<{sign}{id_}>" for id_ in sorted(ids)[:_MAX_MENTIONS]]
    return " ".join([*named, *(["…"] if len(ids) > _MAX_MENTIONS else [])])
