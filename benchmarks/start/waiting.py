"""A slot becomes free while 200 jobs wait: how soon does the next flow reach its first line?"""

import random
from collections.abc import Sequence

from benchmarks.start.figures import Figure, percentiles
from benchmarks.start.stack import Stack
from benchmarks.start.uploads import Upload

WAITING = 200
WARM_UP, STARTS = 16, 30
SLOTS = 4
SHORTEST_S, LONGEST_S = 1.0, 3.0


async def measure(stack: Stack) -> list[Figure]:
    """Measure; this leaves waiting jobs behind, so it must run last."""
    uploads = await stack.uploads(WAITING + WARM_UP + STARTS, tenant_count=20)
    await stack.make_deployments()
    for upload in uploads:
        # With equal times all slots would end together, and a start would wait for three others.
        stack.let_call_take(upload, random.uniform(SHORTEST_S, LONGEST_S))
    await stack.accept_all(uploads)
    async with stack.worker("waiting", concurrency=SLOTS) as worker:
        await worker.until("flow_started", WARM_UP + STARTS, 180)
        started = sorted(worker.events("flow_started").values())[: WARM_UP + STARTS]
        published = await _published(stack, uploads)
    # Leave out the first starts, which fill the slots of a worker that still starts up.
    waits = [
        start - end
        for start, end in zip(started[WARM_UP:], published[WARM_UP - SLOTS :], strict=False)
    ]
    name = f"{WAITING} wait: result out, slot free -> next first line"
    return percentiles(name, waits, unit="s", at_most=0.3)


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
