"""Parse TOML; what is wrong with it is told in a sentence that says what to write."""

from __future__ import annotations

import re
import tomllib

_HINTS = (
    (r"key part", "a table in { } stands in one line, without a comma before the }"),
    (r"Illegal character '\\[nr]", "a text ends in the line in which it begins, with a straight quote"),
    (r"Invalid value", 'texts stand in straight quotes ("), and truth values are true and false'),
    (r"Expected '='", "write NAME = VALUE, a name with spaces or dots in quotes"),
    (r"newline or end", 'one NAME = VALUE in a line; numbers have a point (0.04), texts stand in quotes (")'),
    (r"Cannot (declare|overwrite|mutate)", "each name is written once"),
    (r"Unescaped|escape", "a backslash in a text is written twice"),
)
"""What to write by what ``tomllib`` says."""


def parse_toml(text: str) -> dict[str, object]:
    """Return the document; raise ``ValueError`` with one sentence."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = f"this is no TOML: {error}{_hint(str(error))}."
    except (ValueError, RecursionError):
        problem = "a number is too long, or tables are nested too deeply."
    raise ValueError(problem)


def _hint(words: str) -> str:
    found = next((hint for pattern, hint in _HINTS if re.search(pattern, words)), None)
    return f"; {found}" if found else ""
