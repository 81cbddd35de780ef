"""A slot falls free while 200 jobs wait: how soon is the next flow at its first line?"""

from collections.abc import Sequence

from benchmarks.start.figures import Figure, median, percentile
from benchmarks.start.stack import Stack
from benchmarks.start.uploads import Upload

WAITING = 200
STARTS = 20
SLOTS = 4
COMPUTE_S = 2.0


async def measure(stack: Stack) -> list[Figure]:
    """Leaves jobs that wait, so it comes last."""
    uploads = await stack.uploads(WAITING + STARTS + SLOTS, tenant_count=20)
    await stack.accept_all(uploads)
    async with stack.worker("waiting", concurrency=SLOTS, compute_s=COMPUTE_S) as worker:
        await worker.until("flow_started", STARTS + SLOTS, 180)
        started = sorted(worker.events("flow_started").values())[: STARTS + SLOTS]
        freed = sorted(worker.events("attempt_ended").values())
        published = await _published(stack, uploads)
    # The first starts fill the slots of a fresh worker: nothing ended before them.
    after_free = [start - free for start, free in zip(started[SLOTS:], freed, strict=False)]
    after_end = [start - end for start, end in zip(started[SLOTS:], published, strict=False)]
    return [
        Figure(
            name=f"{WAITING} wait: slot free -> next first line, p50",
            value=median(after_free),
            unit="s",
            at_most=0.3,
            samples=len(after_free),
        ),
        Figure(
            name=f"{WAITING} wait: slot free -> next first line, p95",
            value=percentile(after_free, 95),
            unit="s",
            samples=len(after_free),
        ),
        Figure(
            name=f"{WAITING} wait: result published -> next first line, p50",
            value=median(after_end),
            unit="s",
            samples=len(after_end),
        ),
    ]


async def _published(stack: Stack, uploads: Sequence[Upload]) -> list[float]:
    async with stack.database.transaction() as session:
        rows = await session.statements.records(
            """
            select extract(epoch from ended_at)::float8 as at from captionacc.jobs
            where state = 'done' and video_id = any($1) order by ended_at
            """,
            [upload.video_id for upload in uploads],
        )
    return [row["at"] for row in rows]
