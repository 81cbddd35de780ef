"""Reserves what a job is expected to use, before the job is stored.

The end of a job deletes its reservation, and what its call really used is added to the day's use by
triggers, so that no code path can forget either.
"""

from collections.abc import Mapping
from uuid import UUID

from captionacc_contracts.limits import LimitName
from captionacc_contracts.work.forecast import Forecast
from captionacc_contracts.work.jobs import CropAndInfer

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.limits.forecasts import Forecasts
from captionacc_supabase.rows import NewJob


class Reservations:
    """Checks limits and keeps reservations, in the transaction that stores a job."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._forecasts = Forecasts(statements)

    async def require_room(self, new: NewJob) -> Forecast:
        """Return what to reserve for the job. Until the transaction ends, the tenant's other
        requests wait.

        Raises:
            LimitReachedError: the job would go past a limit of its tenant.
        """
        expected = await self._forecasts.of_job(new)
        await require(self._statements, new.tenant_id, _asked(new, expected))
        return expected

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
