"""Settings of the migrate command."""

from typing import Annotated

import msgspec


class MigrateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Read from the environment by ``captionacc-migrate``."""

    supabase_db_url: Annotated[
        str,
        msgspec.Meta(
            description="Postgres connection string.",
            examples=["postgresql://postgres:password@host:5432/postgres"],
        ),
    ]
    webhook_url: Annotated[
        str,
        msgspec.Meta(
            description="Where the database posts new videos; without it no webhook is made.",
            examples=["https://gateway.example/webhooks/supabase/videos"],
        ),
    ] = ""
    webhook_secret: Annotated[
        str, msgspec.Meta(description="Bearer secret of the webhook.", examples=["change-me"])
    ] = ""

    def __post_init__(self) -> None:
        if bool(self.webhook_url) != bool(self.webhook_secret):
            message = "WEBHOOK_URL and WEBHOOK_SECRET go together: set both or neither."
            raise ValueError(message)
