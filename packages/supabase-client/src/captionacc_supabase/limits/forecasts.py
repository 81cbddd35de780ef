"""What work is expected to cost, from the latest calls of each function."""

from collections.abc import Sequence
from uuid import UUID

from captionacc_contracts.work.effort import Amount
from captionacc_contracts.work.forecast import (
    USUAL_PIXELS,
    WHOLE_JOB,
    Earlier,
    Forecast,
    JobForecast,
    VideoFacts,
    forecast,
    function_of,
    job_forecast,
)
from captionacc_contracts.work.functions import FunctionName

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import NewJob

# Calls that correct the forecast. Older ones ran on other versions of the code.
_EARLIER_CALLS = 100


class Forecasts:
    """Expects what jobs use, with what the latest calls of this service cost."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def of_job(self, new: NewJob) -> Forecast:
        """What one job of a video is expected to use."""
        function = function_of(new.parameters)
        earlier = await self._earlier([function])
        facts = await self._facts(new.video_id)
        return forecast(new.parameters, facts, earlier=earlier.get(function))

    async def of_whole_job(self, facts: VideoFacts) -> JobForecast:
        """What the job of a video is expected to take, from the upload to the texts."""
        return job_forecast(facts, await self._earlier(WHOLE_JOB))

    async def _facts(self, video_id: UUID) -> VideoFacts:
        rows = await self._statements.rows(
            VideoFacts,
            """
            select duration_seconds, size_bytes, width, height, language
            from captionacc.videos where id = $1
            """,
            video_id,
        )
        return rows[0] if rows else VideoFacts()

    async def _earlier(self, functions: Sequence[FunctionName]) -> dict[FunctionName, Earlier]:
        """The latest calls of each function; a function that was never called is left out."""
        records = await self._statements.records(
            """
            select wanted.function, sum(u.estimated_usd) as usd, count(*)::float8 as calls,
                sum(u.seconds * u.tracks) as track_seconds,
                sum(u.seconds * u.pixels) / 1e6 as megapixel_seconds,
                sum(u.captions)::float8 as captions,
                sum(u.captions * u.pixels) / 1e6 as megapixel_captions
            from unnest($1::text[]) as wanted (function)
            cross join lateral (
                select u.estimated_usd, w.duration_seconds as seconds,
                    coalesce(w.width::float8 * w.height, $3) as pixels,
                    1 + jsonb_array_length(coalesce(j.parameters -> 'other_tracks', '[]'))
                        as tracks,
                    jsonb_array_length(coalesce(j.parameters -> 'caption_ids', '[0]')) as captions
                from captionacc.usage_metrics u
                join captionacc.videos w on w.id = u.video_id and w.duration_seconds > 0
                join captionacc.jobs j on j.id = u.job_id
                where u.function = wanted.function and u.published order by u.id desc limit $2
            ) u
            group by wanted.function
            """,
            [function.value for function in functions],
            _EARLIER_CALLS,
            float(USUAL_PIXELS),
        )
        return {
            FunctionName(record["function"]): Earlier(
                usd=record["usd"],
                amount=Amount(
                    calls=record["calls"],
                    track_seconds=record["track_seconds"],
                    megapixel_seconds=record["megapixel_seconds"],
                    captions=record["captions"],
                    megapixel_captions=record["megapixel_captions"],
                ),
            )
            for record in records
        }
