"""Acts on all processes, and on the bot's place in a server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.domain.controls.acts import Act, Operator, Target, TargetKind
from bot.ops.console.acts.forms import REASON, ActForm, ActRefused, Field, required
from bot.services.operator.audit import OperatorAudit
from bot.services.operator.log_level import LogLevelService
from bot.services.operator.pause import GlobalPauseService
from bot.telemetry.logging import LEVELS

Leave = Callable[[int], Awaitable[bool]]
"""Leaves a server; returns False where the bot isn't on it."""
_NOTICE_LIMIT = 200


class PauseAct:
    """Pauses everything."""

    name = "pause"
    kinds: Sequence[TargetKind] = ()

    def __init__(self, pauses: GlobalPauseService) -> None:
        self._pauses = pauses

    async def form(self, target: Target | None) -> ActForm:
        """Return what is asked before, with the present notice."""
        current = await self._pauses.current()
        return ActForm(
            title="Change the notice" if current else "Pause everything",
            explanation="Requests are still accepted, and wait. No process begins one; what is being drawn is"
            " finished. Cards show the notice.",
            button="Change the notice" if current else "Pause everything",
            fields=(
                Field(
                    name="notice",
                    label="Notice",
                    value=current.notice if current else "",
                    hint="What members read, such as when it goes on.",
                    limit=_NOTICE_LIMIT,
                ),
                REASON,
            ),
            grave=True,
        )

    async def perform(self, target: Target | None, values: Mapping[str, str], by: Operator) -> str:
        """Pause it."""
        await self._pauses.pause(values["notice"], by=by, reason=values["reason"])
        return "Everything is paused."


class ResumeAct:
    """Ends the pause of everything."""

    name = "resume"
    kinds: Sequence[TargetKind] = ()

    def __init__(self, pauses: GlobalPauseService) -> None:
        self._pauses = pauses

    async def form(self, target: Target | None) -> ActForm:
        """Return what is asked before."""
        return ActForm(
            title="Resume everything",
            explanation="What waits is begun again, in its order.",
            button="Resume",
            fields=(REASON,),
        )

    async def perform(self, target: Target | None, values: Mapping[str, str], by: Operator) -> str:
        """Go on."""
        if not await self._pauses.resume(by=by, reason=values["reason"]):
            raise ActRefused("Nothing is paused.")
        return "Requests are begun again."


class LogLevelAct:
    """Changes the level of the log."""

    name = "log-level"
    kinds: Sequence[TargetKind] = ()

    def __init__(self, levels: LogLevelService) -> None:
        self._levels = levels

    async def form(self, target: Target | None) -> ActForm:
        """Return what is asked before, with the present level."""
        return ActForm(
            title="Level of the log",
            explanation="All running processes log at this level, each until it is started again.",
            button="Change the level",
            fields=(
                Field(
                    name="level",
                    label="Level",
                    value=self._levels.current,
                    choices=[(level, level.capitalize()) for level in LEVELS],
                ),
                REASON,
            ),
        )

    async def perform(self, target: Target | None, values: Mapping[str, str], by: Operator) -> str:
        """Change it."""
        try:
            await self._levels.change(values["level"], by=by, reason=values["reason"])
        except ValueError as error:
            raise ActRefused("Choose a level.") from error
        return f"All processes log at {values['level'].capitalize()}."


class LeaveAct:
    """Leaves a server."""

    name = "leave"
    kinds: Sequence[TargetKind] = ("server",)

    def __init__(self, leave: Leave, audit: OperatorAudit) -> None:
        self._leave = leave
        self._audit = audit

    async def form(self, target: Target | None) -> ActForm:
        """Return what is asked before."""
        return ActForm(
            title=f"Leave {target}",
            explanation="The bot leaves the server on Discord. Its data stays, and its managers can invite"
            " the bot again; to refuse them, ban the server as well.",
            button="Leave the server",
            fields=(REASON,),
            grave=True,
        )

    async def perform(self, target: Target | None, values: Mapping[str, str], by: Operator) -> str:
        """Leave it."""
        target = required(target)
        if not await self._leave(target.id):
            raise ActRefused("The bot isn't on this server, or Discord can't be reached.")
        await self._audit.record(Act(by=by, name="leave", target=target, reason=values["reason"]))
        return f"The bot has left server {target.id}."
