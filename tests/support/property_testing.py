"""Settings for property tests whose examples are more expensive than most."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

_T = TypeVar("_T")


def examples(share: float) -> settings:
    """Run this share of the active profile's examples, at least two."""
    return settings(max_examples=max(2, round(settings().max_examples * share)))


def examples_of(strategy: SearchStrategy[_T], share: float) -> list[_T]:
    """Draw this share of the active profile's examples first, for tests that run all on one database."""
    found: list[_T] = []

    @examples(share)
    @given(strategy)
    def collect(example: _T) -> None:
        found.append(example)

    collect()
    return found
