"""Pure functions: may this be asked for, and who may touch what was asked for?"""

from __future__ import annotations

import math
import re

from bot.errors import RuleBroken
from bot.models import PIXELS, Draft, Job, Ratio, Size

PROMPT_LIMIT = 2000
"""Characters; the relay advises far fewer, see ``is_long``."""
MOST_PICTURES = 4

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


def is_long(prompt: str) -> bool:
    """Whether a prompt is past the relay's advice of 600 English words or 300 Chinese characters."""
    chinese = len(_CHINESE.findall(prompt))
    words = len(_WORD.findall(_CHINESE.sub(" ", prompt)))
    return chinese / 300 + words / 600 > 1


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
