"""Builds the worker from its settings.

This module imports Prefect, which reads its settings from the environment at that moment.
"""

import asyncio
import contextlib
import os
import shlex
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
from captionacc_contracts.notifications import JOBS_CHANNEL
from captionacc_contracts.work.dependencies import Dependency
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_launching.priority_service import PriorityService
from captionacc_observability.clock import SystemClock
from captionacc_observability.health import Readiness
from captionacc_observability.logging import get_logger
from captionacc_supabase.connection.listener import listen
from captionacc_supabase.database import Database
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import ObjectStore, StoreLimits
from prefect.client.orchestration import PrefectClient
from prefect.context import AsyncClientContext

from captionacc_flow_worker.attempt.driving import AsFlowRun, WithoutPrefect
from captionacc_flow_worker.attempt.execution import Execution
from captionacc_flow_worker.attempt.retry_or_give_up import RetryPolicy
from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.compute.capacity import (
    memory_per_call_mib,
    this_machine,
    threads_per_call,
)
from captionacc_flow_worker.compute.local_compute import LocalCompute
from captionacc_flow_worker.compute.ports import Compute
from captionacc_flow_worker.compute.warm_processes import WarmLimits
from captionacc_flow_worker.flows.reconcile import run_reconcile
from captionacc_flow_worker.flows.table import FLOWS
from captionacc_flow_worker.health import HealthServer
from captionacc_flow_worker.loop_lag import watch_lag
from captionacc_flow_worker.orchestration.by_hand import ByHand
from captionacc_flow_worker.orchestration.engine import prepare_process
from captionacc_flow_worker.orchestration.front_end import FrontEnd
from captionacc_flow_worker.orchestration.prefect_away import PrefectWatch
from captionacc_flow_worker.orchestration.prefect_events import PrefectEvents
from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns, runs_on
from captionacc_flow_worker.orchestration.shown.reports import Reports
from captionacc_flow_worker.orchestration.work_pool import WorkPool
from captionacc_flow_worker.outages.breaker import Pauses
from captionacc_flow_worker.outages.outages import Outages
from captionacc_flow_worker.outages.probes import Probe, store_probe
from captionacc_flow_worker.outages.reporting import report_outages
from captionacc_flow_worker.queue.leases import LeaseKeeper
from captionacc_flow_worker.queue.live_jobs import LiveJobs
from captionacc_flow_worker.queue.slots import Slots, SlotSettings
from captionacc_flow_worker.settings import WorkerSettings
from captionacc_flow_worker.upkeep.cancellation_watch import CancelWatch
from captionacc_flow_worker.upkeep.caption_snapshots import follow_edits
from captionacc_flow_worker.upkeep.expired_leases import reclaim_repeatedly
from captionacc_flow_worker.upkeep.figures import Figures
from captionacc_flow_worker.upkeep.old_history import HistoryAges
from captionacc_flow_worker.upkeep.pass_lease import PassLease
from captionacc_flow_worker.upkeep.reconciler import Reconciler
from captionacc_flow_worker.worker import Worker

log = get_logger(__name__)

# A local compute process gets these variables and no others: it needs neither the database nor
# Prefect.
_COMPUTE_VARIABLES = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE", "LOG_LEVEL", "LOG_FORMAT",
    "OCR_ENGINE", "GOOGLE_APPLICATION_CREDENTIALS_JSON",
)  # fmt: skip
_COMPUTE_PREFIXES = ("WASABI_", "COMPUTE_")
# The worker's own objects are small: results, claims, progress and snapshots. With the limits of
# large files, a store that hangs would go unnoticed for two minutes.
_STORE_LIMITS = StoreLimits(read_s=10.0, attempts=3, small_operation_s=30.0)


async def run(settings: WorkerSettings, store_settings: StoreSettings) -> None:
    """Run a worker until SIGTERM or SIGINT."""
    prepare_process()
    async with contextlib.AsyncExitStack() as stack:
        client = (await stack.enter_async_context(AsyncClientContext())).client
        database = await Database.connect(
            settings.supabase_db_url,
            application_name="captionacc-flow-worker",
            max_size=16,
            pooled=settings.supabase_db_pooled,
        )
        stack.push_async_callback(database.close)
        store = await stack.enter_async_context(open_store(store_settings, limits=_STORE_LIMITS))
        http = await stack.enter_async_context(
            httpx.AsyncClient(timeout=settings.priority_timeout_s)
        )
        priority = PriorityService(http, settings.priority_url, settings.priority_timeout_s)
        compute, local_calls = compute_for(settings, os.environ)  # noqa: TID251  passed on to local calls
        if local_calls is not None:
            stack.push_async_callback(local_calls.close)
            await local_calls.prepare()
        services = Services(
            database=database,
            store=store,
            compute=compute,
            retry=RetryPolicy(
                max_attempts=settings.worker_max_attempts,
                first_delay_s=settings.worker_retry_first_delay_s,
            ),
            local_calls=local_calls,
            priority=priority,
            clock=SystemClock(),
            ocr_engine=settings.reading_engine,
            outages=Outages(
                probes(settings, database, store, compute),
                pauses=Pauses(longest_s=settings.worker_probe_longest_s),
            ),
        )
        prefect = prefect_side(client, services)
        front_end = FrontEnd(
            settings.frontend_webhook_url,
            settings.frontend_webhook_secret,
            # Its own client: a slow web app must not use up connections of others.
            await stack.enter_async_context(httpx.AsyncClient()),
        )
        worker = build(settings, services, prefect, front_end)
        stack.enter_context(_signals(worker))
        # Without Prefect, work goes on and is reported later; without the priority service, jobs
        # are ranked by their static score.
        readiness = Readiness(needed=[database, store], with_fallback=[prefect.pool, priority])
        health = HealthServer(readiness, lambda: worker.draining)
        port = await stack.enter_async_context(health.serve(settings.host, settings.health_port))
        log.info("worker_started", health_port=port, concurrency=settings.slots)
        await worker.run()


@dataclass(frozen=True, kw_only=True)
class PrefectSide:
    """The parts of the worker that talk to Prefect."""

    presence: Presence
    pool: WorkPool
    runs: PrefectRuns
    reports: Reports


def prefect_side(client: PrefectClient, services: Services) -> PrefectSide:
    """The parts that talk to the server of ``client``."""
    presence = Presence()
    runs = runs_on(client, FLOWS, presence)
    return PrefectSide(
        presence=presence,
        pool=WorkPool(client, runs.deployments),
        runs=runs,
        reports=Reports(client, runs, services.database, presence, services.starts),
    )


def build(
    settings: WorkerSettings, services: Services, prefect: PrefectSide, front_end: FrontEnd
) -> Worker:
    """Put the parts together; nothing runs yet."""
    name = worker_name(settings)
    # A later process may have the same name, so the owner of a lease has an id of its own.
    owner = f"{name}:{uuid4()}"
    live, presence, runs = LiveJobs(), prefect.presence, prefect.runs
    execution = Execution(
        AsFlowRun(FLOWS, runs), WithoutPrefect(FLOWS), presence, prefect.reports, front_end
    )
    slots = Slots(services, execution, live, presence, slot_settings(settings, owner))
    keeper = LeaseKeeper(services.database, live, owner=owner, lease_s=settings.worker_lease_s)
    cancels = CancelWatch(services.database, runs, live, owner=owner)
    pass_lease = PassLease(services.database, owner=owner, lease_s=settings.worker_lease_s)
    reconciler = Reconciler(services, runs, pass_lease, history_ages(settings))
    by_hand = ByHand(services.database, runs, partial(run_reconcile, reconciler))
    events = PrefectEvents()
    events.when_run_cancelled(cancels.heard)
    events.when_run_asked_for(by_hand.heard)
    events.when_limits_change(presence.doubt)
    watch = PrefectWatch(prefect.pool, presence, events, worker_name=name)

    def notified(_channel: str, payload: str) -> None:
        cancels.notified(payload)
        slots.wake()

    return Worker(
        prefect=watch,
        slots=slots,
        live=live,
        reports=prefect.reports,
        loops={
            "leases": keeper.run,
            "cancellations": cancels.run,
            "runs by hand": by_hand.run,
            "expired leases": partial(
                reclaim_repeatedly,
                services.database,
                runs.control,
                presence,
                max_attempts=settings.worker_max_attempts,
                period_s=settings.worker_reconcile_s,
            ),
            "reconciler": partial(reconciler.run, settings.worker_reconcile_s),
            "figures": Figures(services.database).run,
            "reports": prefect.reports.run,
            "caption snapshots": partial(follow_edits, services.database, services.store),
            "prefect": watch.run,
            "events of prefect": events.run,
            "front end": front_end.run,
            "loop lag": watch_lag,
            "outages": services.outages.run,
            "reports of outages": partial(
                report_outages, services.database, services.outages, name
            ),
        },
        listening=partial(
            listen,
            settings.listen_url,
            [JOBS_CHANNEL],
            notified,
        ),
        drain_s=settings.worker_drain_s,
    )


def worker_name(settings: WorkerSettings) -> str:
    """The name of this worker for people."""
    return settings.worker_name or socket.gethostname()


def probes(
    settings: WorkerSettings, database: Database, store: ObjectStore, compute: Compute
) -> dict[Dependency, Probe | None]:
    """The services that jobs need, each with the probe that shows whether it works."""
    found: dict[Dependency, Probe | None] = {
        Dependency.DATABASE: database.ping,
        Dependency.OBJECT_STORE: store_probe(store, worker_name(settings)),
        Dependency.COMPUTE: compute.ping,
    }
    if settings.reading_engine is OcrEngineName.GOOGLE_VISION:
        # Only calls have its credentials.
        found[Dependency.OCR] = None
    return found


def slot_settings(settings: WorkerSettings, owner: str) -> SlotSettings:
    """The part of the settings that is about slots."""
    return SlotSettings(
        owner=owner,
        concurrency=settings.slots,
        tenant_concurrency=settings.worker_tenant_concurrency,
        lease_s=settings.worker_lease_s,
        poll_s=settings.worker_poll_s,
    )


def history_ages(settings: WorkerSettings) -> HistoryAges:
    """The part of the settings that is about retention."""
    return HistoryAges(
        events_days=settings.retention_events_days,
        jobs_days=settings.retention_jobs_days,
        usage_days=settings.retention_usage_days,
        caption_versions_days=settings.retention_caption_versions_days,
        caption_versions_kept=settings.retention_caption_versions_kept,
        people_days=settings.retention_people_days,
    )


def compute_for(
    settings: WorkerSettings, environ: Mapping[str, str]
) -> tuple[Compute, LocalCompute | None]:
    """The compute adapter that the settings ask for, and the local calls if it has any."""
    if settings.compute == "modal":
        from captionacc_flow_worker.compute.modal_compute import ModalCompute

        return ModalCompute(), None
    command = (
        shlex.split(settings.compute_command)
        if settings.compute_command
        else [str(Path(sys.executable).parent / "captionacc-local-call")]
    )
    machine = this_machine()
    kept = settings.compute_kept_processes
    local = LocalCompute(
        directory=Path(settings.compute_directory or "").resolve(),
        command=command,
        environment={
            "COMPUTE_THREADS": str(threads_per_call(machine)),
            "COMPUTE_MEMORY_LIMIT_MIB": str(memory_per_call_mib(machine, settings.slots)),
            **{
                name: value
                for name, value in environ.items()
                if name in _COMPUTE_VARIABLES or name.startswith(_COMPUTE_PREFIXES)
            },
        },
        limits=WarmLimits(
            kept=settings.slots if kept is None else kept, idle_s=settings.compute_idle_s
        ),
    )
    return local, local


@contextlib.contextmanager
def _signals(worker: Worker) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.drain)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
