"""The services that the user interface calls."""

from __future__ import annotations

from dataclasses import dataclass

from bot.app.process_context import ProcessContext
from bot.app.stores import Stores
from bot.domain.ports import Originals
from bot.services.consent import ConsentService
from bot.services.guilds import GuildService
from bot.services.members import MemberService
from bot.services.moderation import ModerationService
from bot.services.personal_data.erasure_log import ErasureLog
from bot.services.personal_data.privacy import PrivacyService
from bot.services.personal_data.retention import RetentionService
from bot.services.queries import QueryService
from bot.services.queue import QueueService
from bot.services.request_context import ContextResolver
from bot.services.requests import RequestConfig, RequestService
from bot.store.erasures import FILE_NAME as ERASURES_FILE
from bot.store.erasures import ErasureList
from bot.store.hints import HintStore
from bot.store.moderation import ModerationStore
from bot.store.personal_data import PersonalDataStore
from bot.store.queue.forecasts.forecast import QueueForecast
from bot.store.styles import StyleStore
from bot.store.welcomes import WelcomeStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What cogs can ask for."""

    contexts: ContextResolver
    requests: RequestService
    queries: QueryService
    queue: QueueService
    guilds: GuildService
    members: MemberService
    consent: ConsentService
    moderation: ModerationService
    privacy: PrivacyService
    retention: RetentionService


def create_services(process: ProcessContext, stores: Stores, originals: Originals) -> Services:
    """Build the services on a process's stores."""
    engine, clock, settings = process.engine, process.clock, process.settings
    guilds = GuildService(stores.guilds, WelcomeStore(engine), clock)
    members = MemberService(stores.members, StyleStore(engine), stores.history, HintStore(engine), clock)
    contexts = ContextResolver(guilds, members)
    records = PersonalDataStore(engine)
    erasures = ErasureLog(records, ErasureList(settings.data_dir / ERASURES_FILE), clock)
    return Services(
        contexts=contexts,
        requests=_requests(process, stores, contexts, members),
        queries=QueryService(
            stores.jobs,
            stores.history,
            contexts,
            process.limits,
            clock,
            allowed_servers=settings.allowed_servers,
        ),
        queue=QueueService(
            stores.cards,
            QueueForecast(engine, process.limits, capacity=settings.relay_concurrency),
            stores.global_pause,
            clock,
        ),
        guilds=guilds,
        members=members,
        consent=ConsentService(members, guilds, stores.jobs),
        moderation=ModerationService(
            ModerationStore(engine), stores.jobs, stores.history, originals, clock=clock
        ),
        privacy=PrivacyService(records, stores.guilds, stores.members, originals, erasures, clock),
        retention=RetentionService(records, originals, erasures, clock, days=settings.retention_days),
    )


def _requests(
    process: ProcessContext, stores: Stores, contexts: ContextResolver, members: MemberService
) -> RequestService:
    settings = process.settings
    config = RequestConfig(models=settings.catalogue, allowed_servers=settings.allowed_servers)
    return RequestService(
        stores.jobs, stores.cards, contexts, members, config, process.clock, process.recorder
    )
