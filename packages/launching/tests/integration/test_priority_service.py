"""The client of the priority service, with the real service and without one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import msgspec
import pytest
from captionacc_contracts.errors import TransientError
from captionacc_contracts.work.priority import RankCandidate, ScoreRequest
from captionacc_contracts.work.tiers import Tier
from captionacc_launching.priority_service import KnownPolicy, PriorityService
from captionacc_priority.app import create_app
from captionacc_priority.settings import PrioritySettings
from captionacc_supabase.database import Database
from captionacc_testkit.waiting import eventually
from litestar.testing import AsyncTestClient

NOW = datetime(2026, 1, 2, tzinfo=UTC)
REQUEST = ScoreRequest(tier=Tier.FREE, requested_at=NOW, size_bytes=1, ageing=False)


@pytest.fixture
async def service() -> AsyncIterator[PriorityService]:
    async with AsyncTestClient(create_app(PrioritySettings().policy())) as http:
        yield PriorityService(http, str(http.base_url), timeout_s=5)


async def test_scores_and_ranks_come_from_the_service(service: PriorityService) -> None:
    await service.ping()
    score = await service.score(REQUEST)
    assert score.static_score == score.base + score.size_bonus > score.base
    low, high = (
        RankCandidate(
            job_id=uuid4(), tenant_id=uuid4(), static_score=s, ageing=False, requested_at=NOW
        )
        for s in (50.0, 90.0)
    )
    ranked = await service.rank([low, high], {high.tenant_id: 0}, now=NOW, policy=None)
    assert [job.job_id for job in ranked] == [high.job_id, low.job_id]


async def test_the_policy_is_asked_for_once_and_kept(
    service: PriorityService, database_dsn: str
) -> None:
    database = await Database.connect(database_dsn, application_name="test")
    known = KnownPolicy(service, database)
    policy = await known.get()
    assert policy is not None
    assert policy.base_scores[Tier.FREE] == 50
    assert await known.get() is policy
    changed = msgspec.structs.replace(policy, fair_share_penalty=0.0)
    async with database.transaction() as session:
        await session.policies.set(changed, uuid4(), "why not")

    async def seen() -> bool:
        return await known.get() == changed

    await eventually(seen, 5)
    await database.close()
    assert await known.get() == changed


async def test_many_scores_and_a_ranking_follow_the_policy_and_time_of_the_request(
    service: PriorityService,
) -> None:
    policy = await service.policy()
    changed = msgspec.structs.replace(
        policy, base_scores={**policy.base_scores, Tier.FREE: 60.0}, ageing_per_hour=10.0
    )
    ageing = msgspec.structs.replace(REQUEST, ageing=True)
    raised = msgspec.structs.replace(ageing, base_override=80.0)
    scores = await service.scores([ageing, raised], now=NOW + timedelta(hours=1), policy=changed)
    assert [score.static_score for score in scores] == [65.0, 85.0]
    assert [score.priority for score in scores] == [75, 95]
    old, better = (
        RankCandidate(
            job_id=uuid4(), tenant_id=uuid4(), static_score=s, ageing=True, requested_at=at
        )
        for s, at in ((50.0, NOW - timedelta(hours=1)), (59.0, NOW))
    )
    for chosen, first in ((changed, old), (policy, better)):
        ranked = await service.rank([old, better], {}, now=NOW, policy=chosen)
        assert ranked[0].job_id == first.job_id


async def test_without_the_service_scores_fall_back_and_rankings_fail(database_dsn: str) -> None:
    database = await Database.connect(database_dsn, application_name="test")
    async with httpx.AsyncClient() as http:
        away = PriorityService(http, "http://127.0.0.1:9", timeout_s=1)
        assert (await away.score(REQUEST)).score == 50.0
        raised = msgspec.structs.replace(REQUEST, base_override=80.0)
        assert (await away.score(raised)).static_score == 80.0
        with pytest.raises(TransientError):
            await away.rank([], {}, now=NOW, policy=None)
        assert await KnownPolicy(away, database).get() is None
    await database.close()


async def test_a_request_to_a_service_that_hangs_ends_at_the_time_limit() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Reads until the client goes away, and never answers.
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(timeout=30) as http:
        hanging = PriorityService(http, f"http://127.0.0.1:{port}", timeout_s=0.1)
        async with asyncio.timeout(5):
            assert (await hanging.score(REQUEST)).score == 50.0
    server.close()
