"""Random faults, to test the bot against an unreliable relay."""

from __future__ import annotations

import random
from argparse import ArgumentTypeError
from collections.abc import Mapping

from bot.demo.relay.faults import FAULTS, Fault

DEFAULT_RATES: Mapping[str, float] = {
    "broken": 0.20,
    "hang": 0.10,
    "cut-off": 0.05,
    "busy": 0.05,
    "blocked-prompt": 0.05,
    "blocked-result": 0.05,
}
"""The share of calls that fail with each fault, by keyword."""


class Chaos:
    """Pick random faults; the same seed, prompt and attempt always get the same one."""

    def __init__(self, rates: Mapping[str, float] = DEFAULT_RATES, *, seed: int = 0) -> None:
        faults = {fault.keyword: fault for fault in FAULTS}
        self._rates = [(faults[word], rate) for word, rate in rates.items()]
        self._seed = seed

    def pick(self, prompt: str, attempt: int) -> Fault | None:
        """Return the fault for the ``attempt``-th call of a prompt, or None for success."""
        # Not one sequence for all calls: their order of arrival isn't reproducible.
        left = random.Random(f"{self._seed} {attempt} {prompt}").random()  # noqa: S311  # not used for secrets
        for fault, rate in self._rates:
            left -= rate
            if left < 0:
                return fault
        return None


def parse_rates(text: str) -> dict[str, float]:
    """Parse rates such as ``broken=0.2,hang=0.1``; raises ArgumentTypeError."""
    known = {fault.keyword for fault in FAULTS}
    try:
        rates = {word: float(rate) for word, _, rate in (part.partition("=") for part in text.split(","))}
    except ValueError:
        raise ArgumentTypeError("write keywords and their shares: broken=0.2,hang=0.1") from None
    if unknown := rates.keys() - known:
        raise ArgumentTypeError(f"no such fault: {', '.join(sorted(unknown))}")
    if not (min(rates.values()) >= 0 and sum(rates.values()) <= 1):
        raise ArgumentTypeError("shares must be between 0 and 1, and at most 1 in total")
    return rates
