"""The invariants that must hold after a chaos run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from bot.demo.relay.prepared_pictures import read_comment
from bot.domain.image_models.fallbacks import FELL_BACK
from bot.store.db.engine import open_engine
from bot.store.history import HistoryStore
from tests.support.chaos.members import Submission
from tests.support.chaos.run import ChaosRun
from tests.support.wire.discord_routes import LATE_ACKNOWLEDGEMENT
from tests.support.wire.discord_rules import components_in

Rows = dict[int, Row[*tuple[Any, ...]]]
"""Jobs by the interaction that requested them."""
_NEVER_TOLD = ("storage", "went wrong")
"""Parts of refusals that an outage of half a minute mustn't cause."""


async def check_invariants(run: ChaosRun, *, requests: int) -> str:
    """Check every invariant once all processes have ended; return a one-line summary."""
    rows = {row.interaction_id: row for row in run.database.jobs()}
    accepted = [submission for submission in run.members.submissions if submission.interaction.id in rows]
    _check_everyone_was_answered(run.members.submissions, rows, requests)
    for submission in accepted:
        _check_answered_once(submission, rows[submission.interaction.id])
    assert [text for text in run.members.refusals if any(each in text for each in _NEVER_TOLD)] == []
    _check_no_other_messages(run)
    await _check_usage(run, accepted)
    assert [path for process in run.fleet.processes for path in process.spool] == []
    return _summary(run, accepted, rows)


def _check_everyone_was_answered(submissions: list[Submission], rows: Rows, requests: int) -> None:
    answered = {each.prompt for each in submissions if each.interaction.id in rows and each.answered}
    others = [each for each in submissions if each.prompt not in answered]
    # What was accepted tells most.
    others.sort(key=lambda each: each.interaction.id not in rows)
    shown = [_describe(each, rows.get(each.interaction.id)) for each in others[:50]]
    assert len(answered) == requests, "\n".join(shown)
    # A repeated request was rejected, or sent to a process that ended before accepting it.
    ignored = [each for each in submissions if each.interaction.id not in rows]
    assert [each.prompt for each in ignored if not (each.rejected or each.unheard)] == []


def _describe(submission: Submission, row: Row[*tuple[Any, ...]] | None) -> str:
    known = "not accepted" if row is None else f"request {row.id}, {row.state}, {row.problem or 'pictures'}"
    late = ", acknowledged too late" if submission.interaction.acknowledged_too_late else ""
    heard = ", repeated" if submission.unheard else ""
    return f"{submission.prompt}: {known}{late}{heard}; shows {submission.shown!r}"


def _check_answered_once(submission: Submission, row: Row[*tuple[Any, ...]]) -> None:
    """Its message shows what the database says; no other answer ever stood there."""
    message = submission.interaction.response_message
    assert submission.answered, submission.prompt
    assert (row.state, row.token, row.worker, row.message_id) == ("done", None, None, message.id)
    assert submission.prompt in message.text
    assert [read_comment(picture.content) for picture in message.pictures] == [submission.prompt] * len(
        row.pictures
    )
    assert bool(row.problem) == (len(row.pictures) < submission.count)
    assert len(set(_outcomes(submission)) - {None}) == 1, submission.prompt


def _outcomes(submission: Submission) -> list[str | None]:
    """Return what was shown from the first answer on; None where a late edit covered it."""
    outcomes = [_outcome_of(edit) for edit in submission.interaction.response_message.edits]
    return outcomes[next(number for number, answer in enumerate(outcomes) if answer) :]


def _outcome_of(edit: dict[str, Any]) -> str | None:
    """Return whether an edit showed pictures or a reason; None for a progress card."""
    parts = list(components_in(edit.get("components")))
    buttons = [part["custom_id"] for part in parts if part["type"] == 2]
    if not buttons or any("cancel" in each for each in buttons):
        return None
    return "pictures" if _shows_pictures(edit) else "a reason"


def _shows_pictures(edit: dict[str, Any]) -> bool:
    return any(part["type"] == 12 for part in components_in(edit.get("components")))


def _showed_some(submission: Submission) -> bool:
    """Whether a card showed pictures while others were still drawn."""
    edits = submission.interaction.response_message.edits
    return any(_shows_pictures(edit) and _outcome_of(edit) is None for edit in edits)


def _check_no_other_messages(run: ChaosRun) -> None:
    own = {id(each.interaction.message) for each in run.members.submissions}
    assert [message.text for message in run.discord.messages.values() if id(message) not in own] == []
    assert run.discord.direct == {}
    assert set(run.discord.violations) <= {LATE_ACKNOWLEDGEMENT}  # from paused processes


async def _check_usage(run: ChaosRun, accepted: list[Submission]) -> None:
    shown = Counter[int]()
    for submission in accepted:
        shown[submission.member] += len(submission.interaction.response_message.pictures)
    async with open_engine(run.database.url) as engine:
        history = HistoryStore(engine, Path())
        for member, pictures in shown.items():
            usage = await history.usage(member, day=0, month=0)
            assert (usage.today, usage.month, usage.waiting, usage.running) == (pictures, pictures, 0, 0)


def _summary(run: ChaosRun, accepted: list[Submission], rows: Rows) -> str:
    pictures = sum(len(submission.interaction.response_message.pictures) for submission in accepted)
    answered = sum(bool(submission.interaction.response_message.pictures) for submission in accepted)
    outcomes = [_outcomes(submission) for submission in accepted]
    repeated = sum(len([each for each in shown if each]) - 1 for shown in outcomes)
    covered = [
        submission.prompt for submission, shown in zip(accepted, outcomes, strict=True) if None in shown
    ]
    appeared = sum(_showed_some(submission) for submission in accepted)
    compared = sum(submission.kind.command == "compare" for submission in accepted)
    fallen_back = sum(FELL_BACK in rows[submission.interaction.id].facts for submission in accepted)
    repeats, calls = len(run.members.submissions) - len(accepted), len(run.fleet.relay.requests)
    return (
        f"{len(accepted)} requests: {answered} with pictures ({pictures}), {len(accepted) - answered} with a"
        f" reason; {compared} comparisons; {fallen_back} drawn by the fallback;"
        f" {appeared} showed some pictures before the others;"
        f" {repeats} repeated, {run.members.refusals.total()} of them after a refusal;"
        f" {calls} relay calls;"
        f" {repeated} repeated deliveries to the same message;"
        f" {len(covered)} answers covered for a while: {covered}"
    )
