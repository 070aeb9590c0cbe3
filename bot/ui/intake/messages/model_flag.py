"""The flag that chooses a model in a message: ``--model nano``, ``--model=Nano Banana 2``, in quotes, too."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.image_models.catalogue import Model
from bot.domain.image_models.model_names import ModelNames

_FLAG = re.compile(
    r"(?:(?<!\S)|(?<=[,，、;；]))(?:--|[—–]{1,2})model(?![a-z])(?:\s*=\s*|[ \t]+|(?=\s|\Z))", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“”「『']([^\"“”「」『』'\n]{1,60})[\"“”」』'](?=[\s,，、;；.。]|\Z)")
_WORD = re.compile(r"[ \t]*([^\s,，、;；]+)")
_AROUND = " \t\"'“”「」『』"
_GAP = " \t\r\n,，、;；"
_MAX_WORDS = 6
"""Words that a name can have in a message; of a longer one, the first is enough."""
_SHOWN = 20
"""Characters of an unknown name that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFlag:
    """What is left of a text without the flag, the model that it chooses, and a name that none has."""

    text: str
    model: str | None = None
    unknown: str | None = None


def take_model_flag(text: str, names: ModelNames) -> ModelFlag:
    """Take each such flag from a text; the last one counts."""
    found = ModelFlag(text=text)
    while (flag := _FLAG.search(found.text)) is not None:
        before, rest = found.text[: flag.start()].rstrip(), found.text[flag.end() :]
        model, length = _named(rest, names)
        left = _joined(before, rest[length:])
        if model is None:
            return ModelFlag(text=left, unknown=rest[:length].strip(_AROUND)[:_SHOWN])
        found = ModelFlag(text=left, model=model.id)
    return found


def _joined(before: str, after: str) -> str:
    """Return a text without the flag that was between these parts."""
    if not before:
        return after.lstrip(_GAP)
    return before + after if after[:1] in tuple(_GAP) else f"{before} {after}"


def _named(text: str, names: ModelNames) -> tuple[Model | None, int]:
    """Return the model that a text begins with, and the length of its name there.

    A name of several words must be complete; otherwise words of the prompt could belong to it.
    """
    if quoted := _QUOTED.match(text):
        return names.find(quoted[1]), quoted.end()
    ends: list[int] = []
    while len(ends) < _MAX_WORDS and (word := _WORD.match(text, ends[-1] if ends else 0)):
        ends.append(word.end())
    for end in reversed(ends[1:]):
        if (model := names.exact(text[:end])) is not None:
            return model, end
    return (names.find(text[: ends[0]]), ends[0]) if ends else (None, 0)
