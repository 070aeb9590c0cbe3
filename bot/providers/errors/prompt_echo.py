"""Remove from an error message what it repeats of the prompt."""

from __future__ import annotations

_MIN_ECHO = 16
"""Characters of a prompt's beginning that can't be a coincidence; shorter ones count in quotes only."""
_QUOTES = ("''", '""', "“”", "‘’", "「」", "『』", "《》", "``")


def without_echo(message: str, prompt: str) -> str:
    """Return the message without the prompt, whole or cut off at its end, in any case."""
    prompt = prompt.strip()
    if not prompt:
        return message
    if len(prompt) < _MIN_ECHO:
        return _without_quoted(message, prompt)
    return _without_beginning(message, prompt)


def _without_quoted(message: str, prompt: str) -> str:
    for left, right in _QUOTES:
        quoted = _lower(f"{left}{prompt}{right}")
        while (at := _lower(message).find(quoted)) >= 0:
            message = f"{message[:at]} {message[at + len(quoted) :]}"
    return message


def _without_beginning(message: str, prompt: str) -> str:
    """Remove each occurrence of the prompt's beginning, for as long as it agrees with the prompt."""
    lower, wanted, kept, at = _lower(message), _lower(prompt), list[str](), 0
    while (start := lower.find(wanted[:_MIN_ECHO], at)) >= 0:
        kept.append(message[at:start])
        at = start + _common_length(lower[start : start + len(wanted)], wanted)
    return " ".join([*kept, message[at:]])


def _lower(text: str) -> str:
    """Return the text in lower case, unless that changes the places of its characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _common_length(left: str, right: str) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(left), len(right)))
