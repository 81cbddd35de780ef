"""Settings of the migrate command."""

from typing import Annotated

import msgspec
from captionacc_contracts.limits import Limits
from captionacc_contracts.webhooks import LEAST_SECRET_LENGTH
from captionacc_contracts.work.tiers import Tier

_LIMITS = (
    "Limits of tenants of the tier {}, as name=value separated by blanks; what is left out has no "
    "limit; none: no limits."
)


def parse_limits(text: str) -> Limits:
    """Return the limits that a text such as ``videos_per_day=50 usd_per_month=10`` gives.

    The text ``none`` gives no limits.

    Raises:
        ValueError: a name is unknown, or a value is not a number from 0 up.
    """
    if text == "none":
        return Limits()
    given: dict[str, float] = {}
    for part in text.split():
        name, _, value = part.partition("=")
        if name not in Limits.__struct_fields__:
            known = ", ".join(Limits.__struct_fields__)
            message = f"There is no limit {name!r}; the limits are {known}."
            raise ValueError(message)
        try:
            given[name] = float(value)
        except ValueError as error:
            message = f"The limit {name} needs a number, as in {name}=50."
            raise ValueError(message) from error
    return Limits(**given)


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
        str,
        msgspec.Meta(
            description="Secret that signs the webhook; stored in Vault.", examples=["change-me"]
        ),
    ] = ""

    limits_free: Annotated[str, msgspec.Meta(description=_LIMITS.format("free"))] = (
        "videos_per_day=50 minutes_per_month=600 stored_bytes=50e9 usd_per_month=10"
        " jobs_waiting=100 crop_changes_per_hour=60"
    )
    limits_premium: Annotated[str, msgspec.Meta(description=_LIMITS.format("premium"))] = (
        "videos_per_day=500 minutes_per_month=6000 stored_bytes=1e12 usd_per_month=100"
        " jobs_waiting=1000 crop_changes_per_hour=300"
    )
    limits_enterprise: Annotated[str, msgspec.Meta(description=_LIMITS.format("enterprise"))] = (
        "videos_per_day=5000 minutes_per_month=60000 stored_bytes=10e12 usd_per_month=1000"
        " jobs_waiting=10000 crop_changes_per_hour=1000"
    )

    @property
    def tier_limits(self) -> dict[Tier, Limits]:
        """The limits of every tier."""
        return {
            Tier.FREE: parse_limits(self.limits_free),
            Tier.PREMIUM: parse_limits(self.limits_premium),
            Tier.ENTERPRISE: parse_limits(self.limits_enterprise),
        }

    def __post_init__(self) -> None:
        # Raises for limits that are malformed, before anything is migrated.
        _ = self.tier_limits
        if bool(self.webhook_url) != bool(self.webhook_secret):
            message = "WEBHOOK_URL and WEBHOOK_SECRET go together: set both or neither."
            raise ValueError(message)
        if self.webhook_secret and len(self.webhook_secret) < LEAST_SECRET_LENGTH:
            message = (
                f"WEBHOOK_SECRET has fewer than {LEAST_SECRET_LENGTH} characters. The gateway"
                " refuses such a secret; set a longer one."
            )
            raise ValueError(message)
