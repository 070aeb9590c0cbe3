"""Fuzz every target for some seconds with examples of a new seed: ``python -m tests.fuzz.run --seconds 30``.

The same ``--seed`` makes the same examples again, in the same order, until one fails.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from typing import Any

from tests.fuzz import test_fuzz_targets

_BUFFER = 4_096
"""Bytes from which an example is made, at most."""


def main() -> int:
    """Fuzz all targets; return 1 if one fails."""
    parser = argparse.ArgumentParser(description="Fuzz every target for some seconds.")
    parser.add_argument("--seconds", type=float, default=30.0, help="for each target")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    say(f"seed {options.seed}")
    targets = {name: test for name, test in vars(test_fuzz_targets).items() if name.startswith("test_")}
    results = [fuzz(name, test, options) for name, test in targets.items()]
    return 0 if all(results) else 1


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def fuzz(name: str, test: Any, options: argparse.Namespace) -> bool:
    """Run one target until its time is over, and return whether nothing failed."""
    source = random.Random(f"{options.seed} {name}")
    fuzz_one = test.hypothesis.fuzz_one_input
    until, examples = time.monotonic() + options.seconds, 0
    while time.monotonic() < until:
        try:
            examples += fuzz_one(source.randbytes(source.randrange(1, _BUFFER))) is not None
        except Exception:
            traceback.print_exc()
            say(f"FAILED after {examples:,} examples: {name}")
            return False
    say(f"{examples:>9,} examples: {name}")
    return examples > 0


if __name__ == "__main__":
    sys.exit(main())
