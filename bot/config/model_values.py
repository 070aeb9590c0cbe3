"""Parse the values of a model's table; their ``ValueError`` says what to write instead."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast, get_args

from bot.config import setting_values
from bot.config.provider_rules import ProviderRules
from bot.domain.image_models.catalogue import Localized
from bot.domain.image_models.ratios import shape, shape_of
from bot.domain.models import Ratio, Size

Table = Mapping[str, object]
LANGUAGES = ("en", "zh-CN", "zh-TW")
PIXELS_EXPECTED = 'write the pixels of each size and ratio: "2K" = { "1:1" = "2048x2048", … }.'
_SENT_BY_THE_BOT = frozenset({"prompt", "model", "size", "image", "images", "n", "stream", "response_format"})
_OTHER_SECRETS = frozenset(
    {"DISCORD_TOKEN", "RELAY_TOKEN", "DATABASE_URL", "ORIGINALS_URL", "AWS_SECRET_ACCESS_KEY"}
)
"""They mustn't go to a service by a copied file."""
_SECRET_NAMES = frozenset(
    {"key", "apikey", "accesskey", "secret", "secretkey", "token", "apitoken", "accesstoken", "authorization"}
)
"""By names in lower case, without underscores and hyphens."""
_LONGEST_WORD = 19
"""Characters of a variable's name without an underscore; a longer one may be a key."""
_LARGEST_DIFFERENCE = 0.3
"""Between a ratio and its pixels; more is that of another one, as of 9:16 in place of 16:9."""
_MAX_DEPTH = 16
"""Tables and lists within each other."""


def table(value: object, words: str) -> Table:
    """Return a table; ``words`` says what to write."""
    if not isinstance(value, Mapping):
        raise ValueError(words)
    return cast("Table", value)


def text(value: object, limit: int) -> str:
    """Return a text of one line."""
    if not isinstance(value, str) or not value.strip() or len(value) > limit or not value.isprintable():
        raise ValueError(f"write a text of 1 to {limit} characters in one line.")
    return value.strip()


def whole(value: object, low: int, high: int) -> int:
    """Return a whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"write a whole number from {low} to {high}.")
    return value


def yes_or_no(value: object) -> bool:
    """Return a truth value."""
    if not isinstance(value, bool):
        raise ValueError("write true or false.")
    return value


def localized(value: object, limit: int) -> Localized:
    """Return a text by language; one text alone is English."""
    if isinstance(value, str):
        return {"en": text(value, limit)}
    texts = table(value, f'write a text, or one for each language: {{ en = "…", {LANGUAGES[1]} = "…" }}.')
    if unknown := [language for language in texts if language not in LANGUAGES]:
        raise ValueError(f"{unknown[0]!r} is no language; write {', '.join(LANGUAGES)}.")
    if "en" not in texts:
        raise ValueError("the English text (en) is missing.")
    return {language: text(each, limit) for language, each in texts.items()}


def pixel_table(value: object) -> dict[Size, Table]:
    """Return the tables of ratios by size."""
    tables = table(value, PIXELS_EXPECTED)
    if unknown := [name for name in tables if name not in get_args(Size)]:
        raise ValueError(f"{unknown[0]!r} is no size; write {', '.join(get_args(Size))}.")
    if not tables:
        raise ValueError(PIXELS_EXPECTED)
    if empty := [name for name, ratios in tables.items() if ratios == {}]:
        raise ValueError(f"{empty[0]} has no ratio; {PIXELS_EXPECTED}")
    return {cast("Size", name): table(ratios, PIXELS_EXPECTED) for name, ratios in tables.items()}


def ratio(name: str) -> Ratio:
    """Return a ratio."""
    if name not in get_args(Ratio):
        raise ValueError(f"this is no ratio; write {', '.join(get_args(Ratio))}.")
    return cast("Ratio", name)


def sides(value: object, ratio: Ratio, rules: ProviderRules) -> tuple[int, int]:
    """Return width and height of ``2048x1536``, roughly in their ratio and within what the provider draws."""
    found = re.fullmatch(r"(\d{2,5})x(\d{2,5})", value, re.ASCII) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write width and height in pixels, for example "2048x2048".')
    width, height = int(found[1]), int(found[2])
    if not width or not height or abs(shape(width, height) - shape_of(ratio)) > _LARGEST_DIFFERENCE:
        raise ValueError(f"{found[0]} isn't {ratio}; write the width first.")
    low, high = rules.pixels
    if not low <= width * height <= high:
        raise ValueError(f"{width * height:,} pixels; this provider draws {low:,} to {high:,}.")
    return width, height


def base_url(value: object, *, rules: ProviderRules) -> str:
    """Return the address of a service without a trailing slash, and without what its calls add to it."""
    expected = 'write the address of the service, without a key, "@" or "?", for example "https://api.example.com/v1".'
    try:
        url = setting_values.relay_url(text(value, 500))
    except ValueError:
        raise ValueError(expected) from None
    if url == "demo":
        raise ValueError(expected)
    if added := next((each for each in _beginnings(rules.paths) if url.lower().endswith(each)), None):
        raise ValueError(f"leave out {added}, which the bot adds.")
    return url


def _beginnings(paths: Iterable[str]) -> Iterator[str]:
    """Yield the beginnings of paths, the longest first."""
    for path in paths:
        parts = path.split("/")
        yield from ("/".join(parts[:end]) for end in range(len(parts), 1, -1))


def key_name(value: object) -> str:
    """Return the name of the environment variable that holds a key."""
    if (
        not isinstance(value, str)
        or not re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", value, re.ASCII)
        or max(map(len, value.split("_"))) > _LONGEST_WORD
    ):
        # The value may be the key itself: it must not be repeated.
        raise ValueError(
            "write the name of the environment variable that holds the key, for example ARK_API_KEY; "
            "never the key itself."
        )
    if value in _OTHER_SECRETS:
        raise ValueError(f"{value} is another secret; name a variable that holds the key of this service.")
    return value


def names_secret(name: str) -> bool:
    """Whether a key of a table is what people call a secret."""
    return name.lower().replace("_", "").replace("-", "") in _SECRET_NAMES


def body(value: object) -> Table:
    """Return the fields to add to each call."""
    fields = table(value, 'write a table of fields: { quality = "high" }.')
    if taken := sorted(_SENT_BY_THE_BOT & set(fields)):
        raise ValueError(f"the bot itself sends {', '.join(taken)}: leave it out.")
    if any(names_secret(name) for name in fields):
        raise ValueError("keys never stand in this file; key_env is the name of the variable that holds it.")
    if not all(_is_json(each) for each in fields.values()):
        raise ValueError("write texts, finite numbers, true, false, and lists and tables of them only.")
    return fields


def _is_json(value: object, depth: int = 1) -> bool:
    if depth > _MAX_DEPTH:
        return False
    if isinstance(value, Mapping):
        return all(_is_json(each, depth + 1) for each in cast("Table", value).values())
    if isinstance(value, list):
        return all(_is_json(each, depth + 1) for each in cast("list[object]", value))
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, (str, int))
