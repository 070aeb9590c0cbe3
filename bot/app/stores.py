"""The stores that several parts of a process share."""

from __future__ import annotations

from dataclasses import dataclass

from bot.app.process_context import ProcessContext
from bot.store.controls.global_pause import GlobalPauseStore
from bot.store.guilds import GuildStore
from bot.store.history import HistoryStore
from bot.store.members import MemberStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from bot.store.queue.services.relay_state import RelayState


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The stores of one database."""

    jobs: JobStore
    cards: CardStore
    relay_state: RelayState
    guilds: GuildStore
    members: MemberStore
    history: HistoryStore
    global_pause: GlobalPauseStore


def create_stores(process: ProcessContext) -> Stores:
    """Build the stores of a process's database."""
    engine, settings, limits = process.engine, process.settings, process.limits
    return Stores(
        jobs=JobStore(engine, settings.spool, limits),
        cards=CardStore(engine, settings.spool, limits.services),
        relay_state=RelayState(engine, capacity=settings.relay_concurrency),
        guilds=GuildStore(engine, process.clock),
        members=MemberStore(engine),
        history=HistoryStore(engine, settings.spool),
        global_pause=GlobalPauseStore(engine),
    )
