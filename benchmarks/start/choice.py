"""How long it takes to choose the best of 10,000 waiting jobs of 1,000 tenants, over HTTP.

Once the videos wait for their first job, and once for a later one, which goes on before others.
"""

import time

import httpx
from captionacc_contracts.work.jobs import JobKind
from captionacc_flow_worker.orchestration.operator_limits import OperatorLimits
from captionacc_flow_worker.queue.ranking import Ranking
from captionacc_launching.priority_service import PriorityService
from captionacc_supabase.database import Database
from captionacc_testkit.databases import create_migrated

from benchmarks.start.figures import Figure, percentiles
from benchmarks.start.stack import Stack

WAITING = 10_000
TENANTS = 1_000
BUSY = 20
ROUNDS = 200

# The oldest job has waited for 11 hours: after 12 hours, no job of a begun video passes it.
_FILL = """
insert into captionacc.tenants (id, name, tier)
    select gen_random_uuid(), 'bench', (array['free', 'premium', 'enterprise'])[1 + n % 3]
    from generate_series(1, {tenants}) n;
create temporary table work as
    select gen_random_uuid() as video_id, t.id as tenant_id, t.tier, n
    from generate_series(0, {waiting} - 1) n
    join (select id, tier, row_number() over (order by id) - 1 as place
        from captionacc.tenants) t on t.place = n % {tenants};
insert into captionacc.videos (id, tenant_id, display_name, status)
    select video_id, tenant_id, 'clip', 'queued' from work;
insert into captionacc.jobs (id, kind, video_id, tenant_id, input_digest, parameters, tier,
        static_score, priority, ageing, requested_at, state)
    select gen_random_uuid(), '{kind}', video_id, tenant_id, md5(n::text),
        '{{}}', tier, score, score, n % 7 <> 0, now() - n * interval '4 seconds', 'queued'
    from work, lateral (select
        case tier when 'free' then 50 when 'premium' then 70 else 90 end + 5 * (n % 2) as score) s;
update captionacc.jobs set state = 'running', lease_owner = 'bench', started_at = now(),
    lease_token = nextval('captionacc.lease_tokens'), lease_expires_at = now() + interval '1 day'
    where id in (
        select distinct on (tenant_id) id from captionacc.jobs order by tenant_id limit {busy}
    );
"""


async def measure(stack: Stack) -> list[Figure]:
    return [
        *await _measure(stack, JobKind.VIDEO_INITIAL_PROCESSING, "jobs"),
        *await _measure(stack, JobKind.CROP_AND_INFER, "jobs of begun videos"),
    ]


async def _measure(stack: Stack, kind: JobKind, what: str) -> list[Figure]:
    maintenance = stack.postgres.dsn("postgres")
    name = await create_migrated(stack.postgres.dsn, maintenance)
    database = await Database.connect(stack.postgres.dsn(name), application_name="bench")
    try:
        async with database.transaction() as session:
            await session.statements.run(
                _FILL.format(tenants=TENANTS, waiting=WAITING + BUSY, busy=BUSY, kind=kind)
            )
        async with database.transaction() as session:
            await session.statements.run("analyze captionacc.jobs")
        async with httpx.AsyncClient() as http:
            priority = PriorityService(http, stack.priority_url, timeout_s=5)
            ranking = Ranking(database, priority, tenant_concurrency=4)
            seconds: list[float] = []
            for _ in range(ROUNDS + 10):
                began = time.perf_counter()
                best = await ranking.best_first(OperatorLimits())
                seconds.append(time.perf_counter() - began)
                if not best:
                    raise RuntimeError("Nothing was ranked.")
        async with database.transaction() as session:
            heads = len(await session.jobs.heads())
    finally:
        await database.close()
    spent = [one * 1000 for one in seconds[10:]]
    return [
        *percentiles(
            f"choice among {WAITING} {what} of {TENANTS} tenants", spent, unit="ms", at_most=20
        ),
        Figure(name="  heads that were ranked", value=heads, unit="", samples=1),
    ]
