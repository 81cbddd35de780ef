"""Settings of the gateway, read from the environment."""

from typing import Annotated

import msgspec
from captionacc_observability.logging import LogFormat, LogLevel
from msgspec import Meta

_JwtSecret = Annotated[str, Meta(min_length=32)]
_WebhookSecret = Annotated[str, Meta(min_length=16)]


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of the gateway. Secrets have no defaults."""

    supabase_db_url: Annotated[
        str, Meta(description="Postgres, as a URL.", examples=["postgresql://user@host/captionacc"])
    ]
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
            min_length=16, description="Secret that the database webhook sends as a bearer token."
        ),
    ]
    prefect_api_url: Annotated[
        str, Meta(description="Prefect's API.", examples=["http://prefect:4200/api"])
    ]
    priority_url: Annotated[
        str, Meta(description="URL of the priority service.", examples=["http://priority:8000"])
    ]

    priority_timeout_s: Annotated[
        float, Meta(gt=0, description="Seconds to wait for the priority service.")
    ] = 1.0
    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="TCP port to listen on.")] = 8000
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "auto"

    supabase_db_pooled: Annotated[
        bool, Meta(description="Whether SUPABASE_DB_URL leads through a transaction pooler.")
    ] = False
    supabase_db_direct_url: Annotated[
        str | None,
        Meta(description="Postgres without a pooler, for LISTEN; SUPABASE_DB_URL when not set."),
    ] = None
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
    prefect_api_auth_string: Annotated[
        str | None, Meta(description="user:password of Prefect's API, when it asks for one.")
    ] = None
    cors_allow_origins: Annotated[
        str,
        Meta(
            description="Origins that may call from a browser, separated by commas.",
            examples=["https://captiona.cc"],
        ),
    ] = ""

    def __post_init__(self) -> None:
        if self.supabase_jwt_secret is None and self.supabase_jwks_url is None:
            message = (
                "Neither SUPABASE_JWT_SECRET nor SUPABASE_JWKS_URL is set, so the gateway cannot "
                "verify user tokens; set at least one of them."
            )
            raise ValueError(message)

    @property
    def listen_url(self) -> str:
        """Where LISTEN connects: never through a transaction pooler."""
        return self.supabase_db_direct_url or self.supabase_db_url

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Secrets that the webhook may send: the present one and the former one."""
        return tuple(filter(None, (self.webhook_secret, self.webhook_secret_previous)))

    @property
    def allowed_origins(self) -> list[str]:
        """Origins whose pages may call the gateway from a browser."""
        return [origin.strip() for origin in self.cors_allow_origins.split(",") if origin.strip()]
