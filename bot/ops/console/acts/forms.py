"""What an act asks before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.controls.acts import REASON_LIMIT, Operator, Target, TargetKind


class ActRefused(Exception):
    """Says why an act can't be done, in a sentence for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a form; one with ``choices`` offers these, by value and text."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()
    numeric: bool = False
    limit: int = REASON_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class ActForm:
    """The page that confirms an act: what it does, what it asks, and its button."""

    title: str
    explanation: str
    button: str
    fields: Sequence[Field] = ()
    grave: bool = False
    """Whether it can't be taken back, or is felt by many."""


class ConsoleAct(Protocol):
    """An act of the console; ``kinds`` are what it can be done to, none for everything."""

    name: str
    kinds: Sequence[TargetKind]

    async def form(self, target: Target | None) -> ActForm:
        """Return what is asked before."""
        ...

    async def perform(self, target: Target | None, values: Mapping[str, str], by: Operator) -> str:
        """Do it and return a sentence that says so; raise ``ActRefused``."""
        ...


REASON = Field(name="reason", label="Reason", hint="For the audit and the people concerned.")


def whole_number(text: str, what: str) -> int | None:
    """Return a number that may be left empty; raise ``ActRefused`` for any other text."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ActRefused(f"{what} is a whole number.")
    return int(text)


def required(target: Target | None) -> Target:
    """Return a target that the routes have checked."""
    if target is None:
        raise ActRefused("This act needs a target.")
    return target
