"""What operators do to members, servers, requests or everything, as it is audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ActName = Literal[
    "limits", "ban", "unban", "pause", "resume", "cancel", "retry", "leave", "log-level", "prompt"
]
TargetKind = Literal["member", "server", "request"]
REASON_LIMIT = 500
"""Characters of a reason, and of the notice of a pause."""
_NAME_LIMIT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A member, a server or a request, by its id."""

    kind: TargetKind
    id: int

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who acts, such as ``console``, and where from, such as an address."""

    who: str
    origin: str

    def __post_init__(self) -> None:
        if len(self.who) > _NAME_LIMIT or len(self.origin) > _NAME_LIMIT:
            raise ValueError(f"names of operators and origins have at most {_NAME_LIMIT} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What an operator does, to what and why; no target: to everything."""

    by: Operator
    name: ActName
    target: Target | None = None
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """More about it, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAct:
    """An act in the audit, ``at`` a time in seconds since the epoch."""

    id: int
    at: float
    act: Act
