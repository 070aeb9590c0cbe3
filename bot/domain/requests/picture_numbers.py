"""Numbers of a job's pictures, in the names of their files: the first picture's begins with ``1-``.

A number is the same on every machine and on the job's card, so that it tells which pictures are there.
"""

from __future__ import annotations

import re
from pathlib import Path


def number_in(path: Path) -> int | None:
    """Return the number in the name of a picture's file; None if it has none."""
    found = re.match(r"(\d{1,2})-", path.name)
    return int(found[1]) if found else None


def with_number(path: Path, number: int) -> Path:
    """Return the path of a picture's file with a number in its name."""
    return path.with_name(f"{number}-{path.name}")
