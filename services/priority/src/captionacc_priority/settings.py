"""Settings of the priority service, read from the environment."""

from typing import Annotated

import msgspec
from captionacc_contracts.work.priority import PriorityPolicy
from captionacc_contracts.work.tiers import BASE_SCORE, SMALL_VIDEO_BONUS, Tier
from captionacc_observability.logging import LogFormat, LogLevel
from msgspec import Meta


class PrioritySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen, how to log, and every constant of the policy."""

    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="TCP port to listen on.")] = 8000
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "auto"

    priority_base_free: Annotated[
        float, Meta(ge=0, le=100, description="Base score of the free tier.")
    ] = BASE_SCORE[Tier.FREE]
    priority_base_premium: Annotated[
        float, Meta(ge=0, le=100, description="Base score of premium.")
    ] = BASE_SCORE[Tier.PREMIUM]
    priority_base_enterprise: Annotated[
        float, Meta(ge=0, le=100, description="Base score of enterprise.")
    ] = BASE_SCORE[Tier.ENTERPRISE]
    priority_small_video_bytes: Annotated[
        int, Meta(ge=0, description="Videos under this size, in bytes, get the small-video bonus.")
    ] = 50_000_000
    priority_small_video_bonus: Annotated[
        float, Meta(ge=0, le=100, description="Points added for a small video.")
    ] = SMALL_VIDEO_BONUS
    priority_ageing_per_hour: Annotated[
        float, Meta(ge=0, le=100, description="Points added per hour of waiting.")
    ] = 2.0
    priority_ageing_cap: Annotated[
        float, Meta(ge=0, le=100, description="Most points that waiting can add.")
    ] = 20.0
    priority_max_wait_hours: Annotated[
        float, Meta(gt=0, description="A job that ages and waited longer scores 100.")
    ] = 24.0
    priority_fair_share_penalty: Annotated[
        float,
        Meta(
            ge=0, le=100, description="Points a tenant's next job loses per job it has in progress."
        ),
    ] = 5.0

    def policy(self) -> PriorityPolicy:
        """The policy that these settings describe."""
        return PriorityPolicy(
            base_scores={
                Tier.FREE: self.priority_base_free,
                Tier.PREMIUM: self.priority_base_premium,
                Tier.ENTERPRISE: self.priority_base_enterprise,
            },
            small_video_bytes=self.priority_small_video_bytes,
            small_video_bonus=self.priority_small_video_bonus,
            ageing_per_hour=self.priority_ageing_per_hour,
            ageing_cap=self.priority_ageing_cap,
            max_wait_hours=self.priority_max_wait_hours,
            fair_share_penalty=self.priority_fair_share_penalty,
        )
