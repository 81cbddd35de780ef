"""Reserves what a job is expected to use, before the job is stored.

The end of a job deletes its reservation, and what its call really used is added to the day's use by
triggers, so that no code path can forget either.
"""

from collections.abc import Mapping
from uuid import UUID

from captionacc_contracts.limits import LimitName
from captionacc_contracts.work.forecast import Forecast, forecast, function_of
from captionacc_contracts.work.jobs import (
    CaptionOcr,
    CaptionsOcr,
    CropAndInfer,
)

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import NewJob

# Calls whose mean cost is the forecast. Older ones ran on other versions of the code.
_MEASURED_CALLS = 100

_FACTS_BY_SECOND = """
    select v.duration_seconds, v.size_bytes, (
        select (sum(u.estimated_usd) / nullif(sum(u.video_seconds), 0))::float8 from (
            select u.estimated_usd, w.duration_seconds
                * (1 + jsonb_array_length(coalesce(j.parameters -> 'other_tracks', '[]')))
                as video_seconds
            from captionacc.usage_metrics u
            join captionacc.videos w on w.id = u.video_id and w.duration_seconds > 0
            join captionacc.jobs j on j.id = u.job_id
            where u.function = $2 and u.published order by u.id desc limit $3
        ) u
    ) as rate
    from captionacc.videos v where v.id = $1
"""
_FACTS_BY_CAPTION = """
    select null::float8 as duration_seconds, null::bigint as size_bytes, (
        select (sum(u.estimated_usd) / nullif(sum(u.captions), 0))::float8 from (
            select u.estimated_usd,
                jsonb_array_length(coalesce(j.parameters -> 'caption_ids', '[0]')) as captions
            from captionacc.usage_metrics u join captionacc.jobs j on j.id = u.job_id
            where u.function = $2 and u.published order by u.id desc limit $3
        ) u
    ) as rate
    from captionacc.videos v where v.id = $1
"""


class Reservations:
    """Checks limits and keeps reservations, in the transaction that stores a job."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def require_room(self, new: NewJob) -> Forecast:
        """Return what to reserve for the job. Until the transaction ends, the tenant's other
        requests wait.

        Raises:
            LimitReachedError: the job would go past a limit of its tenant.
        """
        expected = await self._forecast(new)
        await require(self._statements, new.tenant_id, _asked(new, expected))
        return expected

    async def _forecast(self, new: NewJob) -> Forecast:
        by_caption = isinstance(new.parameters, CaptionOcr | CaptionsOcr)
        [facts] = await self._statements.records(
            _FACTS_BY_CAPTION if by_caption else _FACTS_BY_SECOND,
            new.video_id,
            function_of(new.parameters),
            _MEASURED_CALLS,
        )
        return forecast(
            new.parameters,
            duration_seconds=facts["duration_seconds"],
            size_bytes=facts["size_bytes"],
            measured_usd_per_unit=facts["rate"],
        )

    async def hold(self, job_id: UUID, new: NewJob, expected: Forecast) -> None:
        """Reserve what the stored job is expected to use; its video waits for no limit now."""
        await self._statements.run(
            """
            with started as (
                update captionacc.videos set waiting = null where id = $5 and waiting is not null
            )
            insert into captionacc.reservations (job_id, tenant_id, usd, video_seconds)
            values ($1, $2, $3, $4)
            """,
            job_id,
            new.tenant_id,
            expected.usd,
            expected.video_seconds,
            new.video_id,
        )


def _asked(new: NewJob, expected: Forecast) -> dict[LimitName, float]:
    asked = {LimitName.JOBS_WAITING: 1.0}
    if isinstance(new.parameters, CropAndInfer):
        asked[LimitName.CROP_CHANGES_PER_HOUR] = 1.0
    if expected.video_seconds:
        asked[LimitName.MINUTES_PER_MONTH] = expected.video_seconds / 60
    asked[LimitName.USD_PER_MONTH] = expected.usd
    return asked


async def require(
    statements: Statements, tenant_id: UUID, amounts: Mapping[LimitName, float]
) -> None:
    """Check that the tenant may use these further amounts. The first limit passed is named.

    Until the transaction ends, the tenant's other requests wait, so two requests cannot both take
    the last place.

    Raises:
        LimitReachedError: an amount would go past its limit.
    """
    await statements.run(
        "select captionacc.require_within_limits($1, $2::text[], $3::float8[])",
        tenant_id,
        [name.value for name in amounts],
        list(amounts.values()),
    )
