"""Settings of the flow worker, read from environment variables."""

from typing import Annotated, Literal

from captionacc_contracts.work.jobs import MAX_ATTEMPTS
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_launching.settings import LaunchSettings
from captionacc_observability.logging import LogFormat, LogLevel
from msgspec import Meta

from captionacc_flow_worker.compute.capacity import jobs_at_once, this_machine

# Set by hand: such a job only waits for Modal, and the database has connections for this many.
_MODAL_SLOTS = 10


class WorkerSettings(LaunchSettings, frozen=True, kw_only=True):
    """All settings of the worker except those of the object store; secrets have no defaults."""

    compute: Annotated[
        Literal["local", "modal"],
        Meta(description="Where compute functions run: processes on this machine, or Modal."),
    ]
    ocr_engine: Annotated[
        OcrEngineName | None,
        Meta(
            description="OCR engine of the compute functions; if not set, rapidocr for local calls "
            "and google-vision on Modal. Its version is part of a call's key.",
            examples=["google-vision"],
        ),
    ] = None
    compute_directory: Annotated[
        str | None,
        Meta(
            description="Folder in which local calls keep their state; required if COMPUTE=local.",
            examples=["/var/lib/captionacc/compute"],
        ),
    ] = None
    compute_command: Annotated[
        str | None,
        Meta(
            description="Command that performs local calls; if not set, captionacc-local-call from "
            "the worker's Python environment."
        ),
    ] = None
    compute_kept_processes: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(
            description="Idle processes of local calls that wait for the next call, with libraries "
            "and models loaded; if not set, WORKER_CONCURRENCY. 0: a process per call.",
        ),
    ] = None
    compute_idle_s: Annotated[
        float, Meta(gt=0, description="Seconds after which an idle process of local calls ends.")
    ] = 300.0
    worker_name: Annotated[
        str | None, Meta(description="Name of this worker in Prefect; the host name if not set.")
    ] = None
    worker_concurrency: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | None,
        Meta(
            description="Number of jobs that this worker runs at a time; if not set, 10 on Modal, "
            "and as many as cores and memory allow if COMPUTE=local.",
        ),
    ] = None
    worker_tenant_concurrency: Annotated[
        int, Meta(ge=1, description="Jobs that a tenant without a limit of its own runs at a time.")
    ] = 4
    worker_poll_s: Annotated[
        float, Meta(gt=0, description="Seconds between looks at the queue without notifications.")
    ] = 1.0
    worker_lease_s: Annotated[
        float, Meta(ge=3, description="Seconds after which a lease expires unless renewed.")
    ] = 60.0
    worker_max_attempts: Annotated[
        int, Meta(ge=1, description="Number of attempts before a failing job ends in an error.")
    ] = MAX_ATTEMPTS
    worker_retry_first_delay_s: Annotated[
        float, Meta(gt=0, description="Longest wait before attempt 2, in seconds; then triples.")
    ] = 2.0
    worker_probe_longest_s: Annotated[
        float,
        Meta(gt=0, description="Longest pause between two probes of a service that is away."),
    ] = 30.0
    worker_drain_s: Annotated[
        float, Meta(ge=0, description="Seconds from SIGTERM to the release of running jobs.")
    ] = 20.0
    worker_reconcile_s: Annotated[
        float, Meta(gt=0, description="Seconds between two passes of the reconciler.")
    ] = 15.0
    retention_events_days: Annotated[
        float, Meta(ge=0, description="Days for which events are kept; 0: for good.")
    ] = 90.0
    retention_jobs_days: Annotated[
        float,
        Meta(
            ge=0,
            description="Days for which an ended job is kept when its video has a later one of its "
            "kind; 0: for good.",
        ),
    ] = 90.0
    retention_usage_days: Annotated[
        float,
        Meta(
            ge=0,
            description="Days after which single calls are added up by tenant, day and function; "
            "0: never.",
        ),
    ] = 400.0
    retention_caption_versions_days: Annotated[
        float,
        Meta(
            ge=0,
            description="Days for which former captions are kept that no person changed; 0: for "
            "good.",
        ),
    ] = 90.0
    retention_caption_versions_kept: Annotated[
        int,
        Meta(ge=1, description="The latest versions of a video's captions that are always kept."),
    ] = 20
    retention_people_days: Annotated[
        float,
        Meta(
            ge=0,
            description="Days for which the name of a person is kept who does nothing; 0: for "
            "good.",
        ),
    ] = 400.0
    frontend_webhook_url: Annotated[
        str | None,
        Meta(
            description="Where the web app takes the states of flow runs, in the format of a "
            "Prefect automation; if not set, nothing is sent.",
            examples=["https://captiona.cc/api/webhooks/prefect"],
        ),
    ] = None
    frontend_webhook_secret: Annotated[
        str | None,
        Meta(description="Secret that FRONTEND_WEBHOOK_URL gets as a bearer token, if it asks."),
    ] = None
    health_port: Annotated[
        int, Meta(ge=0, le=65535, description="Port of the health and metrics server.")
    ] = 8080
    host: Annotated[
        str, Meta(min_length=1, description="Address that the health server listens on.")
    ] = "127.0.0.1"
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.compute == "local" and not self.compute_directory:
            message = "COMPUTE_DIRECTORY is not set. Set it: COMPUTE=local needs it."
            raise ValueError(message)

    @property
    def slots(self) -> int:
        """How many jobs the worker runs at a time."""
        if self.worker_concurrency is not None:
            return self.worker_concurrency
        return jobs_at_once(this_machine()) if self.compute == "local" else _MODAL_SLOTS

    @property
    def reading_engine(self) -> OcrEngineName:
        """The OCR engine that the compute functions read with."""
        if self.ocr_engine is not None:
            return self.ocr_engine
        local = self.compute == "local"
        return OcrEngineName.RAPIDOCR if local else OcrEngineName.GOOGLE_VISION


def prefect_environment(settings: WorkerSettings) -> dict[str, str]:
    """The environment variables of Prefect's client, to set before Prefect is imported."""
    found = {
        "PREFECT_API_URL": settings.prefect_api_url,
        # The server answers 500 while its database restarts; the client would not retry that.
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500,504",
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        # Our own reports send a run's lines, also those from while Prefect was away. Prefect's
        # handler would hold up the end of the process while the server is away.
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_LOGGING_COLORS": "false",
        "DO_NOT_TRACK": "1",
    }
    if settings.prefect_api_auth_string:
        found["PREFECT_API_AUTH_STRING"] = settings.prefect_api_auth_string
    return found
