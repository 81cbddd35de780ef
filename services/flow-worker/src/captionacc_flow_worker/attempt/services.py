"""The clients and policies that all jobs of a worker share."""

from dataclasses import dataclass, field

from captionacc_contracts.work.versions import OcrEngineName
from captionacc_observability.clock import Clock
from captionacc_supabase.database import Database
from captionacc_wasabi.store import ObjectStore

from captionacc_flow_worker.attempt.retry_or_give_up import RetryPolicy
from captionacc_flow_worker.compute.ports import Compute, LocalCalls, Priority
from captionacc_flow_worker.orchestration.starts import Starts
from captionacc_flow_worker.outages.outages import Outages


@dataclass(frozen=True, kw_only=True)
class Services:
    """One instance per worker."""

    database: Database
    store: ObjectStore
    compute: Compute
    # None where the calls run on Modal.
    local_calls: LocalCalls | None
    priority: Priority
    retry: RetryPolicy
    clock: Clock
    ocr_engine: OcrEngineName
    starts: Starts = field(default_factory=Starts)
    # Without probes, no service ever counts as away.
    outages: Outages = field(default_factory=lambda: Outages({}))
