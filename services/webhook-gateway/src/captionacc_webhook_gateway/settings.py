"""Settings of the gateway, read from the environment."""

from pathlib import Path
from typing import Annotated

from captionacc_contracts.webhooks import LEAST_SECRET_LENGTH
from captionacc_launching.settings import LaunchSettings
from captionacc_observability.logging import LogFormat, LogLevel
from msgspec import Meta

from captionacc_webhook_gateway.console_files import PAGE, has_page
from captionacc_webhook_gateway.live_events.wakes import DEFAULT_STREAMS
from captionacc_webhook_gateway.request_limits.limiter import Rate

_JwtSecret = Annotated[str, Meta(min_length=32)]
_Port = Annotated[int, Meta(ge=0, le=65535)]
_WebhookSecret = Annotated[str, Meta(min_length=LEAST_SECRET_LENGTH)]


class GatewaySettings(LaunchSettings, frozen=True, kw_only=True):
    """All settings of the gateway. Secrets have no defaults."""

    supabase_jwt_issuer: Annotated[
        str,
        Meta(
            min_length=1,
            description="Issuer of user tokens (their claim `iss`).",
            examples=["https://project.supabase.co/auth/v1"],
        ),
    ]
    webhook_secret: Annotated[
        str,
        Meta(
            min_length=LEAST_SECRET_LENGTH,
            description="Secret that the database webhook sends as a bearer token.",
        ),
    ]

    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="TCP port to listen on.")] = 8000
    internal_port: Annotated[
        _Port | None,
        Meta(
            description="TCP port for /metrics and the API documentation, which are then not on "
            "PORT; /health is on both. If not set, everything is on PORT.",
        ),
    ] = None
    connection_limit: Annotated[
        int,
        Meta(
            ge=10,
            description="Most connections of clients at a time; a waiting connection is closed "
            "to make room for a new one.",
        ),
    ] = 1500
    event_stream_limit: Annotated[
        int,
        Meta(
            ge=1,
            description="Most event streams at a time, of all tenants; fewer than the requests "
            "that the platform lets through, so that streams leave room for other requests.",
        ),
    ] = DEFAULT_STREAMS
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "auto"

    supabase_jwt_secret: Annotated[
        _JwtSecret | None,
        Meta(description="Shared secret that verifies HS256 user tokens (legacy projects)."),
    ] = None
    supabase_jwks_url: Annotated[
        str | None,
        Meta(
            description="URL of the public keys that verify ES256 and RS256 user tokens.",
            examples=["https://project.supabase.co/auth/v1/.well-known/jwks.json"],
        ),
    ] = None
    supabase_jwt_audience: Annotated[
        str, Meta(min_length=1, description="Audience of user tokens (their claim `aud`).")
    ] = "authenticated"
    webhook_secret_previous: Annotated[
        _WebhookSecret | None,
        Meta(description="Former webhook secret, still accepted during a rotation."),
    ] = None
    upload_max_bytes: Annotated[
        int, Meta(ge=1, description="Size of the largest file that may be uploaded, in bytes.")
    ] = 10 * 1024**3
    upload_expires_s: Annotated[
        float,
        Meta(
            gt=0,
            description="Seconds from the last request for addresses of an upload to its removal, "
            "unless it is complete.",
        ),
    ] = 86400.0
    # A film can be watched to its end with one address, and S3 allows a week at most.
    presigned_s: Annotated[
        int,
        Meta(
            ge=60,
            le=7 * 86400,
            description="Seconds for which presigned addresses of the object store work.",
        ),
    ] = 6 * 3600
    cors_allow_origins: Annotated[
        str,
        Meta(
            description="Origins that may call from a browser, separated by commas.",
            examples=["https://captiona.cc"],
        ),
    ] = ""
    console_directory: Annotated[
        str | None,
        Meta(
            description="Folder with the built files of the console, which are then served at "
            "/console; if not set, there is no console.",
            examples=["/app/console"],
        ),
    ] = None

    prefect_ui_url: Annotated[
        str | None,
        Meta(
            description="Address of Prefect's pages, as the browsers of operators reach it; the "
            "console then links to the runs of jobs.",
            examples=["https://prefect.example"],
        ),
    ] = None

    # An annotator's page opens with some 30 requests and then saves once or twice per second, so
    # this serves 25 people at work, and 30 pages that open at once. Scripts feel it first.
    requests_per_second_per_tenant: Annotated[
        float,
        Meta(ge=0, description="Requests per second of a tenant, on average; 0: no limit."),
    ] = 50.0
    request_burst_per_tenant: Annotated[
        float, Meta(ge=1, description="Requests of a tenant at once.")
    ] = 1000.0
    # A whole office may share an address.
    requests_per_second_per_address: Annotated[
        float,
        Meta(
            ge=0,
            description="Requests per second of an IPv4 address or an IPv6 network (/64), on "
            "average; 0: no limit.",
        ),
    ] = 50.0
    request_burst_per_address: Annotated[
        float, Meta(ge=1, description="Requests of an address at once.")
    ] = 1000.0
    trust_fly_client_ip: Annotated[
        bool,
        Meta(
            description="Whether Fly's proxy is in front, so that its header Fly-Client-IP names "
            "the client; elsewhere a client could send this header itself."
        ),
    ] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.supabase_jwt_secret is None and self.supabase_jwks_url is None:
            message = (
                "Neither SUPABASE_JWT_SECRET nor SUPABASE_JWKS_URL is set, so the gateway cannot "
                "verify user tokens; set at least one of them."
            )
            raise ValueError(message)
        directory = self.console_directory
        if directory is not None and not has_page(Path(directory)):
            message = (
                f"CONSOLE_DIRECTORY names {directory}, which has no {PAGE}: build the console "
                "(make console) and name its folder dist, or leave the setting out."
            )
            raise ValueError(message)

    @property
    def tenant_rate(self) -> Rate:
        """How many requests a tenant may send."""
        return Rate(
            per_second=self.requests_per_second_per_tenant, burst=self.request_burst_per_tenant
        )

    @property
    def address_rate(self) -> Rate:
        """How many requests an address may send."""
        return Rate(
            per_second=self.requests_per_second_per_address, burst=self.request_burst_per_address
        )

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Secrets that the webhook may send: the present one and the former one."""
        return tuple(filter(None, (self.webhook_secret, self.webhook_secret_previous)))

    @property
    def allowed_origins(self) -> list[str]:
        """Origins whose pages may call the gateway from a browser."""
        return [origin.strip() for origin in self.cors_allow_origins.split(",") if origin.strip()]
