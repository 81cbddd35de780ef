"""What all jobs of a worker share."""

from dataclasses import dataclass, field

from captionacc_contracts.work.versions import OcrEngineName
from captionacc_observability.clock import Clock
from captionacc_supabase.database import Database
from captionacc_wasabi.store import ObjectStore

from captionacc_flow_worker.attempt.retry_or_give_up import RetryPolicy
from captionacc_flow_worker.compute.ports import Compute, Priority
from captionacc_flow_worker.orchestration.starts import Starts


@dataclass(frozen=True, kw_only=True)
class Services:
    """Clients and policies; one instance per worker."""

    database: Database
    store: ObjectStore
    compute: Compute
    priority: Priority
    retry: RetryPolicy
    clock: Clock
    ocr_engine: OcrEngineName
    starts: Starts = field(default_factory=Starts)
