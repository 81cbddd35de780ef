"""Settings of the flow worker, filled from environment variables."""

from typing import Annotated, Literal

import msgspec
from captionacc_contracts.work.jobs import MAX_ATTEMPTS
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_observability.logging import LogFormat, LogLevel
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1)]


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Secrets have no defaults. The object store's settings are its client's own."""

    supabase_db_url: Annotated[
        str,
        Meta(
            description="Postgres, for queries; may be a transaction pooler.",
            examples=["postgresql://worker:password@db.example.org:6543/postgres"],
        ),
    ]
    prefect_api_url: Annotated[
        str, Meta(description="API of the Prefect server.", examples=["http://prefect:4200/api"])
    ]
    priority_url: Annotated[
        str, Meta(description="The priority service.", examples=["http://priority:8000"])
    ]
    compute: Annotated[
        Literal["local", "modal"],
        Meta(description="Where compute functions run: processes of this machine, or Modal."),
    ]
    supabase_db_pooled: Annotated[
        bool, Meta(description="Whether SUPABASE_DB_URL goes through a transaction pooler.")
    ] = False
    supabase_db_direct_url: Annotated[
        str | None,
        Meta(description="Postgres without a pooler, for LISTEN; default SUPABASE_DB_URL."),
    ] = None
    prefect_api_auth_string: Annotated[
        str | None, Meta(description="user:password of the Prefect server.", examples=["user:pass"])
    ] = None
    ocr_engine: Annotated[
        OcrEngineName | None,
        Meta(
            description="OCR engine of the compute functions; default rapidocr for local calls and "
            "google-vision on Modal. Its version is part of a call's key.",
            examples=["google-vision"],
        ),
    ] = None
    compute_directory: Annotated[
        str | None,
        Meta(
            description="Where local compute calls keep their state; needed when COMPUTE is local.",
            examples=["/var/lib/captionacc/compute"],
        ),
    ] = None
    compute_command: Annotated[
        str | None,
        Meta(
            description="Program that runs a local call; default captionacc-local-call beside "
            "this Python."
        ),
    ] = None
    worker_name: Annotated[
        str | None, Meta(description="Name of this worker in Prefect; default the host's name.")
    ] = None
    worker_concurrency: Annotated[int, Meta(ge=1, le=1000, description="Jobs in flight.")] = 10
    worker_tenant_concurrency: Annotated[
        int,
        Meta(ge=1, description="Jobs in flight per tenant unless its row says otherwise."),
    ] = 4
    worker_poll_s: Annotated[
        float, Meta(gt=0, description="Seconds between looks at the queue with no notification.")
    ] = 1.0
    worker_lease_s: Annotated[
        float, Meta(ge=3, description="Seconds after which a silent worker loses its jobs.")
    ] = 60.0
    worker_max_attempts: Annotated[int, Meta(ge=1, description="Attempts of a job.")] = MAX_ATTEMPTS
    worker_retry_first_delay_s: Annotated[
        float, Meta(gt=0, description="Seconds before a job's second attempt; grows threefold.")
    ] = 2.0
    worker_drain_s: Annotated[
        float,
        Meta(ge=0, description="Seconds that running jobs may take after SIGTERM before release."),
    ] = 20.0
    worker_reconcile_s: Annotated[
        float, Meta(gt=0, description="Seconds between two looks for things to repair.")
    ] = 15.0
    priority_timeout_s: Annotated[
        float, Meta(gt=0, description="Seconds to wait for the priority service.")
    ] = 1.0
    health_port: Annotated[
        int, Meta(ge=0, le=65535, description="Port of the health and metrics server.")
    ] = 8080
    host: Annotated[Text, Meta(description="Address the health server listens on.")] = "127.0.0.1"
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "auto"

    def __post_init__(self) -> None:
        if self.compute == "local" and not self.compute_directory:
            message = "COMPUTE_DIRECTORY is not set, and COMPUTE=local needs it"
            raise ValueError(message)

    @property
    def reading_engine(self) -> OcrEngineName:
        """The OCR engine that the compute functions read with."""
        if self.ocr_engine is not None:
            return self.ocr_engine
        local = self.compute == "local"
        return OcrEngineName.RAPIDOCR if local else OcrEngineName.GOOGLE_VISION


def prefect_environment(settings: WorkerSettings) -> dict[str, str]:
    """What Prefect's client must find in the environment before it is imported."""
    found = {
        "PREFECT_API_URL": settings.prefect_api_url,
        # A restart of the server's database answers 500, which the client would not repeat.
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500,504",
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_LOGGING_COLORS": "false",
        "DO_NOT_TRACK": "1",
    }
    if settings.prefect_api_auth_string:
        found["PREFECT_API_AUTH_STRING"] = settings.prefect_api_auth_string
    return found
