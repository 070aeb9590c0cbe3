"""Texts that members write: prompts, mentions, lists of blocked words, and forged ids of buttons."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import partial
from typing import Any

import discord

import bot.ui
from benchmarks.hostile.cases import Cases, in_loop, pumped
from bot.domain.guild_settings import GuildSettings
from bot.domain.request_rules import PROMPT_LIMIT
from bot.domain.settings_input.guild_settings import BLOCKLIST_TEXT_LIMIT, update_blocked_words
from bot.sources.message_links import parse_message_link
from bot.textfilter.blocklist import MAX_WORDS, Blocklist
from bot.ui.intake.messages.prompt_syntax import mentions, parse_prompt, without_mention
from bot.ui.intake.messages.small_talk import is_too_short

MESSAGE, FIELD, CUSTOM_ID = 4_000, 4_000, 100
"""Discord's limits in characters."""
PUMPS = {
    **{
        "spaces": " ",
        "newlines": "\n",
        "letters": "a",
        "words": "a ",
        "hyphens": "--",
        "flags": "--ar ",
        "dashes": "—",
    },
    **{
        "signs": "$",
        "mentions": "<@1>",
        "markup": "<@",
        "links": "https://a/",
        "commas": "a,",
        "Chinese": "的",
    },
    **{"backslashes": "\\", "mixed letters": "aа1", "zeros": "\0", "combining marks": "a\u0315\u0300"},
    "ligatures of phrases": "\ufdfa",
}


def prompts() -> Cases:
    lists = {
        "500 phrases": [f"a a a {n}" for n in range(MAX_WORDS)],
        "500 words": [f"word{n} thing" if n % 3 else f"词语{chr(0x4E00 + n)}" for n in range(MAX_WORDS)],
        "59 katakana words": ["カ" * n for n in range(1, 60)],
    }
    for name, words in lists.items():
        blocklist = Blocklist(words)
        for pump in (
            *PUMPS.items(),
            ("katakana", "カ"),
            ("wide characters", "㌀"),
            ("obfuscation", "s3x4 a$b а s p "),
        ):
            yield (
                f"{pump[0]}, {name}",
                partial(in_loop, partial(blocklist.find, pumped(pump[1], PROMPT_LIMIT))),
            )


def mention_texts() -> Cases:
    for name, pump in PUMPS.items():
        yield name, partial(in_loop, partial(read_mention, pumped(pump, MESSAGE)))
        yield (
            f"{name} within words",
            partial(in_loop, partial(read_mention, f"a{pumped(pump, MESSAGE - 2)}b")),
        )


def read_mention(text: str) -> None:
    parse_message_link(text)
    mentions(text, 1)
    prompt = parse_prompt(without_mention(text, 1, {1: "bot", 2: "a"}), several_pictures=True)
    is_too_short(prompt.prompt)


def settings_lists() -> Cases:
    texts = {
        "many words": "\n".join(f"w{n}" for n in range(FIELD))[:FIELD],
        "long words": "\n".join(f"{n:060}" for n in range(FIELD))[:FIELD],
        **{name: pumped(pump, FIELD) for name, pump in PUMPS.items()},
    }
    full = GuildSettings(blocked_words=tuple(f"x{n}" for n in range(MAX_WORDS - 10)))
    for name, text in texts.items():
        yield name, partial(in_loop, partial(save_words, full, text[:BLOCKLIST_TEXT_LIMIT]))


def save_words(settings: GuildSettings, text: str) -> None:
    words = update_blocked_words(settings, text, shown=settings.blocked_words).blocked_words
    Blocklist(words).find("a lighthouse in a storm")


def custom_ids() -> Cases:
    patterns = [each.__discord_ui_compiled_template__ for each in _dynamic_items()]
    for name, pump in {**PUMPS, "digits": "1", "colons": ":", "history": "history:1"}.items():
        text = pumped(pump, CUSTOM_ID)
        yield name, partial(in_loop, partial(match_all, patterns, text))


def match_all(patterns: list[re.Pattern[str]], text: str) -> None:
    for pattern in patterns:
        pattern.fullmatch(text)


def _dynamic_items() -> list[type[Any]]:
    for module in pkgutil.walk_packages(bot.ui.__path__, "bot.ui."):
        importlib.import_module(module.name)
    dynamic: Any = discord.ui.DynamicItem
    found: list[type[Any]] = []
    waiting: list[type[Any]] = [*dynamic.__subclasses__()]
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if hasattr(each, "__discord_ui_compiled_template__"):
            found.append(each)
    return found
