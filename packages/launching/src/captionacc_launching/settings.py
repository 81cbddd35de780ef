"""Settings of a service that asks for work."""

from typing import Annotated

import msgspec
from msgspec import Meta


class LaunchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach Postgres, Prefect and the priority service."""

    supabase_db_url: Annotated[
        str,
        Meta(
            description="URL of the Postgres database, for queries; may lead through a transaction "
            "pooler.",
            examples=["postgresql://service:password@db.example.org:6543/postgres"],
        ),
    ]
    supabase_db_pooled: Annotated[
        bool, Meta(description="Whether SUPABASE_DB_URL leads through a transaction pooler.")
    ] = False
    supabase_db_direct_url: Annotated[
        str | None,
        Meta(
            description="URL of the Postgres database without a pooler, for LISTEN; "
            "SUPABASE_DB_URL if not set. Required with SUPABASE_DB_POOLED=true."
        ),
    ] = None
    prefect_api_url: Annotated[
        str,
        Meta(description="URL of the Prefect server's API.", examples=["http://prefect:4200/api"]),
    ]
    prefect_api_auth_string: Annotated[
        str | None,
        Meta(
            description="user:password of the Prefect server, if it asks for one.",
            examples=["user:pass"],
        ),
    ] = None
    priority_url: Annotated[
        str, Meta(description="URL of the priority service.", examples=["http://priority:8000"])
    ]
    priority_timeout_s: Annotated[
        float, Meta(gt=0, description="Seconds to wait for the priority service.")
    ] = 1.0

    def __post_init__(self) -> None:
        if self.supabase_db_pooled and not self.supabase_db_direct_url:
            message = (
                "SUPABASE_DB_DIRECT_URL is not set. Set it to the address of Postgres itself, or of"
                " a pooler in session mode: SUPABASE_DB_POOLED=true says that SUPABASE_DB_URL leads"
                " through a transaction pooler, which passes on no notifications."
            )
            raise ValueError(message)

    @property
    def listen_url(self) -> str:
        """The URL for LISTEN, which does not work through a transaction pooler."""
        return self.supabase_db_direct_url or self.supabase_db_url
