"""What compute calls used and cost."""

from uuid import UUID

from captionacc_contracts.work.compute import ComputeResult, Measured
from captionacc_contracts.work.cost import estimate, gpu_item
from captionacc_contracts.work.functions import FunctionName

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import Job, Usage


class UsageMetrics:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def record(self, job: Job, result: ComputeResult) -> None:
        """Store what the call behind ``result`` measured, with its estimated cost, once per call.

        A result that was published for an earlier job is recorded already, so nothing is stored.
        """
        function = FunctionName(str(result.__struct_config__.tag))
        await self._record(job, function, result.measured, published=True)

    async def record_unpublished(
        self, job: Job, function: FunctionName, measured: Measured
    ) -> None:
        """Store what a call used that failed, or whose result was not published."""
        await self._record(job, function, measured, published=False)

    async def _record(
        self, job: Job, function: FunctionName, measured: Measured, *, published: bool
    ) -> None:
        lines = estimate(function, measured)
        await self._statements.run(
            """
            insert into captionacc.usage_metrics
                (tenant_id, video_id, job_id, function, seconds, ocr_units, ocr_engine,
                 peak_memory_mib, device, cost, estimated_usd, call_id, published)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            on conflict (call_id) do update set published = true, job_id = excluded.job_id
            where excluded.published and not usage_metrics.published
            """,
            job.tenant_id,
            job.video_id,
            job.id,
            function,
            measured.seconds,
            measured.ocr_units,
            measured.ocr_engine,
            measured.peak_memory_mib,
            measured.device,
            lines,
            sum(line.usd for line in lines),
            measured.call_id,
            published,
        )

    async def latest_gpu(self, function: FunctionName, *, default: str | None) -> str | None:
        """The GPU of the latest call that gave a result: what the deployment chose, or none.

        It is ``default`` before there was such a call.
        """
        records = await self._statements.records(
            """
            select (
                select line ->> 'item' from jsonb_array_elements(cost) line
                where line ->> 'unit' = 'gpu_second'
            ) as item
            from captionacc.usage_metrics where function = $1 and published
            order by id desc limit 1
            """,
            function,
        )
        if not records:
            return default
        item: str | None = records[0]["item"]
        return None if item is None else item.removeprefix(gpu_item(function, ""))

    async def for_video(self, video_id: UUID) -> list[Usage]:
        """Every call of the video, oldest first."""
        return await self._statements.rows(
            Usage,
            "select * from captionacc.usage_metrics where video_id = $1 order by id",
            video_id,
        )
