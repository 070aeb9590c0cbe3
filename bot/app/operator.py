"""The services of the console, the metrics and the command line."""

from __future__ import annotations

from dataclasses import dataclass

from bot.app.process_context import ProcessContext
from bot.app.stores import Stores
from bot.services.operator.audit import OperatorAudit
from bot.services.operator.bans import BanService
from bot.services.operator.limit_notices import LimitNoticeService
from bot.services.operator.limits import LimitService
from bot.services.operator.log_level import LogLevelService
from bot.services.operator.overview import OverviewService
from bot.services.operator.pause import GlobalPauseService
from bot.services.operator.processes import ProcessService
from bot.services.operator.reports import ReportService
from bot.services.operator.request_acts import RequestActService
from bot.services.requests import RequestService
from bot.store.controls.acts import ActStore
from bot.store.controls.bans import BanStore
from bot.store.controls.limit_notices import LimitNoticeStore
from bot.store.controls.own_limits import OwnLimitStore
from bot.store.operator.activity import ActivityStore
from bot.store.operator.log_level import LogLevelStore
from bot.store.operator.processes import ProcessStore
from bot.store.operator.reports import ReportStore
from bot.store.operator.request_acts import RequestActStore
from bot.store.operator.usage_reports import UsageReportStore
from bot.store.queue.forecasts.queue_counts import QueueCountStore


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorServices:
    """What the operator sees and does."""

    overview: OverviewService
    reports: ReportService
    audit: OperatorAudit
    limits: LimitService
    limit_notices: LimitNoticeService
    bans: BanService
    global_pause: GlobalPauseService
    processes: ProcessService
    request_acts: RequestActService
    log_level: LogLevelService


def create_operator_services(
    process: ProcessContext, stores: Stores, requests: RequestService
) -> OperatorServices:
    """Build the operator's services on a process's stores."""
    engine, clock, daily = process.engine, process.clock, process.limits.daily
    request_acts = RequestActStore(engine, process.settings.spool, process.limits)
    return OperatorServices(
        overview=OverviewService(QueueCountStore(engine), stores.relay_state, clock),
        reports=ReportService(ReportStore(engine), UsageReportStore(engine), ActivityStore(engine), clock),
        audit=OperatorAudit(ActStore(engine), clock),
        limits=LimitService(OwnLimitStore(engine), daily, clock),
        limit_notices=LimitNoticeService(LimitNoticeStore(engine), daily, clock),
        bans=BanService(BanStore(engine), stores.jobs, requests, clock),
        global_pause=GlobalPauseService(stores.global_pause, requests, clock),
        processes=ProcessService(ProcessStore(engine), process.name, clock),
        request_acts=RequestActService(request_acts, requests, clock, lifetime=requests.config.lifetime),
        log_level=LogLevelService(LogLevelStore(engine), clock),
    )
