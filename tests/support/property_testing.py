"""Settings for property tests whose examples are more expensive than most."""

from __future__ import annotations

from hypothesis import settings


def examples(share: float) -> settings:
    """Run this share of the active profile's examples, at least two."""
    return settings(max_examples=max(2, round(settings().max_examples * share)))
