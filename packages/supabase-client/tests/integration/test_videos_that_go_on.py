"""The heads of the queue, compared with a search of every waiting job and of its video."""

import os
import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from uuid import UUID

import pytest
from captionacc_contracts.work.jobs import JobKind
from captionacc_supabase.database import Database
from captionacc_supabase.session import Session

INSERT = """
insert into captionacc.jobs
    (id, kind, video_id, tenant_id, input_digest, parameters, tier, static_score, priority, ageing,
     requested_at, not_before, state, ended_at, started_at, lease_owner, lease_token,
     lease_expires_at)
select r.id, r.kind, r.video_id, r.tenant_id, 'd', '{}', 'free', r.static_score, 50, r.ageing,
    r.requested_at, r.not_before, r.state,
    case r.state when 'done' then now() end, case r.state when 'running' then now() end,
    case r.state when 'running' then 'worker' end,
    case r.state when 'running' then nextval('captionacc.lease_tokens') end,
    case r.state when 'running' then now() + interval '1 day' end
from unnest(
    $1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::float8[], $6::bool[], $7::timestamptz[],
    $8::timestamptz[], $9::text[]
) as r (
    id, kind, video_id, tenant_id, static_score, ageing, requested_at, not_before, state
)
order by r.requested_at
"""
NEXT = [JobKind.CROP_AND_INFER, JobKind.CAPTIONS_OCR, JobKind.CAPTION_OCR]
PASSED_OVER_FOR = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Row:
    id: UUID
    kind: JobKind
    video_id: UUID
    tenant_id: UUID
    static_score: float
    ageing: bool
    requested_at: datetime
    not_before: datetime | None
    state: str


Head = tuple[UUID, UUID, float, bool, datetime]


def one_of(chance: random.Random, now: datetime, tenants: Sequence[UUID]) -> list[Row]:
    """The jobs of a video: its first one waits, or a later one does, or the video is done."""
    video_id, tenant_id = UUID(int=chance.getrandbits(128)), chance.choice(tenants)
    asked = now - timedelta(minutes=chance.randint(1, 40) * 30)
    rows: list[Row] = []
    for kind in [JobKind.VIDEO_INITIAL_PROCESSING, *chance.sample(NEXT, chance.randint(0, 3))]:
        rows.append(
            Row(
                id=UUID(int=chance.getrandbits(128)),
                kind=kind,
                video_id=video_id,
                tenant_id=tenant_id,
                static_score=chance.choice([50.0, 55.0, 70.0]),
                ageing=chance.random() < 0.8,
                requested_at=asked + timedelta(seconds=60 * len(rows)),
                not_before=now + timedelta(hours=1) if chance.random() < 0.1 else None,
                state="done",
            )
        )
    last = rows[-1]
    state = chance.choices(["queued", "running", "done"], [12, 1, 1])[0]
    not_before = last.not_before if state == "queued" else None
    rows[-1] = Row(**{**vars(last), "state": state, "not_before": not_before})
    return rows


async def insert(database: Database, rows: Sequence[Row]) -> None:
    async with database.transaction() as session:
        await session.statements.run("alter table captionacc.videos disable trigger user")
        await session.statements.run(
            "insert into captionacc.tenants (id) select distinct unnest($1::uuid[])",
            [row.tenant_id for row in rows],
        )
        await session.statements.run(
            """
            insert into captionacc.videos (id, tenant_id, display_name, status)
            select distinct unnest($1::uuid[]), unnest($2::uuid[]), 'v', 'active'
            """,
            [row.video_id for row in rows],
            [row.tenant_id for row in rows],
        )
        columns = zip(*(vars(row).values() for row in rows), strict=True)
        await session.statements.run(INSERT, *map(list, columns))
        await session.statements.run("alter table captionacc.videos enable trigger user")
    async with database.transaction() as session:
        await session.statements.run("analyze captionacc.jobs")


def searched(rows: Sequence[Row], kinds: Sequence[JobKind], now: datetime) -> list[Head]:
    """The heads by docs/priority.md, found by looking at every job."""
    began: dict[UUID, datetime] = {}
    for row in sorted(rows, key=lambda row: row.requested_at):
        began.setdefault(row.video_id, row.requested_at)
    busy = {row.tenant_id for row in rows if row.state == "running"}
    waiting = [
        row
        for row in rows
        if row.state == "queued"
        and row.kind in kinds
        and (row.not_before is None or row.not_before <= now)
    ]

    def group(row: Row) -> tuple[float, bool, int]:
        tenant = row.tenant_id.int if row.tenant_id in busy else 0
        return row.static_score, row.ageing, tenant

    heads = []
    for _, alike in groupby(sorted(waiting, key=group), group):
        oldest = min(alike, key=lambda row: (row.requested_at, row.id))
        going_on = [
            row
            for row in waiting
            if row.kind in NEXT
            and row.tenant_id == oldest.tenant_id
            and (row.static_score, row.ageing) == (oldest.static_score, oldest.ageing)
            and oldest.requested_at > now - PASSED_OVER_FOR
        ]
        chosen = min(
            going_on,
            key=lambda row: (began[row.video_id], row.requested_at, row.id),
            default=oldest,
        )
        heads.append(
            (chosen.id, oldest.tenant_id, oldest.static_score, oldest.ageing, oldest.requested_at)
        )
    return sorted(heads)


async def found(database: Database, kinds: Sequence[JobKind]) -> list[Head]:
    async with database.transaction() as session:
        heads = await session.jobs.heads(kinds)
    return sorted(
        (head.job_id, head.tenant_id, head.static_score, head.ageing, head.requested_at)
        for head in heads
    )


async def rows_read(session: Session) -> int:
    """How many rows of jobs the connection has read since the server last took its counts.

    The server takes them about once per second, so they may include earlier transactions.
    """
    return int(
        await session.statements.value(
            """
            select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables
            where schemaname = 'captionacc' and relname = 'jobs'
            """
        )
    )


@pytest.mark.parametrize(("seed", "tenants"), [(1, 1), (2, 3), (3, 12), (4, 60)])
async def test_the_heads_are_those_of_a_search_of_every_job(
    database: Database, seed: int, tenants: int
) -> None:
    chance, now = random.Random(seed), datetime.now(UTC)
    owners = [UUID(int=chance.getrandbits(128)) for _ in range(tenants)]
    rows = [row for _ in range(400) for row in one_of(chance, now, owners)]
    await insert(database, rows)

    every = list(JobKind)
    assert await found(database, every) == searched(rows, every, now)
    some = [JobKind.VIDEO_INITIAL_PROCESSING, JobKind.CAPTIONS_OCR]
    assert await found(database, some) == searched(rows, some, now)
    if tenants > 1:
        first = {row.id for row in rows if row.kind not in NEXT}
        assert any(head[0] not in first for head in await found(database, every))


async def test_a_choice_among_ten_thousand_jobs_that_go_on_reads_few_of_them(
    database: Database, record_property: Callable[[str, object], None]
) -> None:
    now = datetime.now(UTC)
    tenants = [uuid.uuid4() for _ in range(1000)]
    rows = [
        Row(
            id=uuid.uuid4(),
            kind=kind,
            video_id=UUID(int=number + 1),
            tenant_id=tenants[number % len(tenants)],
            static_score=50.0 + 20 * (number % 3),
            ageing=True,
            requested_at=now - timedelta(hours=11) + timedelta(seconds=number, minutes=minutes),
            not_before=None,
            state=state,
        )
        for number in range(10_000)
        for kind, minutes, state in (
            (JobKind.VIDEO_INITIAL_PROCESSING, 0, "done"),
            (JobKind.CROP_AND_INFER, 10, "running" if number < 20 else "queued"),
        )
    ]
    await insert(database, rows)
    took = []
    heads: list[Head] = []
    for _ in range(9):
        started = time.perf_counter()
        heads = await found(database, list(JobKind))
        took.append(round((time.perf_counter() - started) * 1000, 1))
    assert heads == searched(rows, list(JobKind), now)
    async with database.transaction() as session:
        before = await rows_read(session)
        await session.jobs.heads()
        read = await rows_read(session) - before
    record_property("choice_least_ms", min(took))
    print(f"{len(heads)} heads, {read} rows, {took} ms, load {os.getloadavg()[0]:.1f}")
    # Reading every waiting job and the first job of its video would be 20,000.
    assert read < 1000
