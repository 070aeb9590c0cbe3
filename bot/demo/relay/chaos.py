"""Faults by chance, to see how the bot stands a relay that is having a bad day."""

from __future__ import annotations

import random
from argparse import ArgumentTypeError
from collections.abc import Mapping

from bot.demo.relay.faults import FAULTS, Fault

BAD_DAY: Mapping[str, float] = {
    "broken": 0.20,
    "hang": 0.10,
    "cut-off": 0.05,
    "busy": 0.05,
    "blocked-prompt": 0.05,
    "blocked-result": 0.05,
}
"""The share of calls that meet each fault, by its word."""


class Chaos:
    """Picks faults by chance; the same seed, prompt and try always meet the same one."""

    def __init__(self, rates: Mapping[str, float] = BAD_DAY, *, seed: int = 0) -> None:
        faults = {fault.word: fault for fault in FAULTS}
        self._rates = [(faults[word], rate) for word, rate in rates.items()]
        self._seed = seed

    def pick(self, prompt: str, call: int) -> Fault | None:
        """Return what the ``call``-th try of a prompt meets, None where all goes well."""
        # Not one sequence for all: the order in which calls arrive is nobody's to repeat.
        left = random.Random(f"{self._seed} {call} {prompt}").random()  # noqa: S311  # chance, no secret
        for fault, rate in self._rates:
            left -= rate
            if left < 0:
                return fault
        return None


def read_rates(text: str) -> dict[str, float]:
    """Read rates such as ``broken=0.2,hang=0.1`` from the command line."""
    known = {fault.word for fault in FAULTS}
    try:
        rates = {word: float(rate) for word, _, rate in (part.partition("=") for part in text.split(","))}
    except ValueError:
        raise ArgumentTypeError("write words and their shares: broken=0.2,hang=0.1") from None
    if unknown := rates.keys() - known:
        raise ArgumentTypeError(f"no such fault: {', '.join(sorted(unknown))}")
    if not (min(rates.values()) >= 0 and sum(rates.values()) <= 1):
        raise ArgumentTypeError("shares are from 0 to 1, and no more than 1 together")
    return rates
