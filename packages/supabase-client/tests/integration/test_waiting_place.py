"""The place of one waiting job: the same as in the whole order, and found without sorting it."""

import time
from collections.abc import Callable
from random import Random

import pytest
from captionacc_contracts.work.priority import PriorityPolicy
from captionacc_priority.settings import PrioritySettings
from captionacc_supabase.database import Database

STANDARD = PrioritySettings().policy()
POLICIES = {
    "standard": STANDARD,
    "no points for waiting": PrioritySettings(priority_ageing_per_hour=0).policy(),
    "no cap": PrioritySettings(priority_ageing_cap=100, priority_max_wait_hours=40).policy(),
    "overdue before the cap": PrioritySettings(priority_max_wait_hours=6).policy(),
    "unknown": None,
}
FILL = """
with tenant as (
    insert into captionacc.tenants (id) select gen_random_uuid() from generate_series(1, 5)
    returning id
),
numbered as (select id, row_number() over () as n from tenant),
video as (
    insert into captionacc.videos (tenant_id, display_name, status)
    select t.id, 'v' || n, 'queued' from generate_series(1, $1) k join numbered t on n = 1 + k % 5
    returning id, tenant_id
),
scored as (
    select *, (array[50, 55, 70, 75, 90, 95, 100])[1 + floor(7 * random())] as score from video
)
insert into captionacc.jobs
    (kind, video_id, tenant_id, input_digest, parameters, tier, static_score, priority, ageing,
     requested_at)
select 'video_initial_processing', id, tenant_id, 'd',
    '{"type": "video_initial_processing", "video_key": "k"}', 'free', score, 50, random() < 0.8,
    -- Many at the same moment, and some in the future. The seconds keep jobs with other points
    -- from the same score: there, the last bits of a sum would decide the order.
    date_trunc($2, now() - make_interval(secs => 172800 * random() - 100))
        + make_interval(secs => score)
from scored
"""


async def fill(database: Database, jobs: int, resolution: str) -> None:
    async with database.transaction() as session:
        await session.statements.run("select setseed(0.5)")
        await session.statements.run(FILL, jobs, resolution)
    async with database.transaction() as session:
        await session.statements.run("analyze captionacc.jobs")


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())
@pytest.mark.parametrize("resolution", ["hour", "microsecond"])
async def test_the_place_is_that_of_the_whole_order(
    database: Database, policy: PriorityPolicy | None, resolution: str
) -> None:
    await fill(database, 150, resolution)
    # One transaction, so that all statements have the same time.
    async with database.transaction() as session:
        page = await session.waiting.page(policy, tenant_id=None, limit=500, offset=0)
        assert page.total == 150
        for item in page.items:
            assert await session.waiting.of_video(policy, item.video_id) == item.waiting


async def test_a_place_among_ten_thousand_is_found_fast(
    database: Database, record_property: Callable[[str, object], None]
) -> None:
    await fill(database, 10_600, "microsecond")
    took = []
    async with database.transaction() as session:
        videos = await session.statements.values("select video_id from captionacc.jobs")
        for video_id in Random(1).sample(videos, 30):
            started = time.perf_counter()
            found = await session.waiting.of_video(STANDARD, video_id)
            took.append((time.perf_counter() - started) * 1000)
            assert found is not None
            assert (found.place is None) == ("More than 10,000" in found.message)
    median_ms = sorted(took)[15]
    record_property("place_median_ms", round(median_ms, 1))
    print(f"a place among 10,600 waiting jobs in {median_ms:.1f} ms (least {min(took):.1f})")
    # Sorting them all took 200 ms on two cores.
    assert min(took) < 60
