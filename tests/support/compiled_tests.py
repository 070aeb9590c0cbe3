"""Does once, before the workers start, what each of them would do at the same time: compile what changed."""

from __future__ import annotations

import compileall
import sys
from pathlib import Path
from typing import Any

import pytest
from _pytest.assertion import rewrite
from hypothesis import strategies as st

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent


def compile_tests(config: pytest.Config) -> None:
    """Write the files that Python and pytest would write when they import the bot and its tests."""
    if sys.dont_write_bytecode:
        return
    for folder in (ROOT / "bot", ROOT / "cogs", TESTS / "support"):
        compileall.compile_dir(folder, quiet=2)
    internals: Any = rewrite
    state: Any = config.stash[internals.assertstate_key]
    # Tests are compiled with their assertions rewritten.
    for file in (*TESTS.rglob("test_*.py"), *TESTS.rglob("conftest.py")):
        cache = internals.get_cache_dir(file)
        compiled = cache / f"{file.stem}{internals.PYC_TAIL}"
        if internals._read_pyc(file, compiled) is None and internals.try_makedirs(cache):
            digest, code = internals._rewrite_test(file, config)
            internals._write_pyc(state, code, digest, compiled)


def compute_characters() -> None:
    """Let Hypothesis write the file of all characters, which takes seconds where there is none yet."""
    st.text().validate()
