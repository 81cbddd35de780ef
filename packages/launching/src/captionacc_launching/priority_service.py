"""Client of the priority service, with a fallback score when the service does not answer."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

import httpx
import msgspec
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.work.priority import (
    PriorityPolicy,
    PriorityScore,
    RankCandidate,
    RankedJob,
    RankRequest,
    RankResponse,
    ScoreRequest,
    ScoresRequest,
    ScoresResponse,
)
from captionacc_contracts.work.tiers import BASE_SCORE
from captionacc_observability import metrics
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database

FALLBACKS = metrics.Counter(
    "captionacc_score_fallbacks", "Scores made without the priority service"
)

# The service's own policy changes only when the service is deployed anew.
_KEEP_OWN_S = 60.0
# A person who changes the policy sees the change within this time.
_KEEP_STORED_S = 1.0

T = TypeVar("T", bound=msgspec.Struct)

_log = get_logger(__name__)


class Scores(Protocol):
    """What :func:`ask_for` needs from the priority service."""

    async def score(self, request: ScoreRequest) -> PriorityScore:
        """Return the score of a job; never raise."""
        ...


class PriorityService:
    """The priority service; ``name`` and ``ping`` make it a readiness check.

    Args:
        http: The client that sends the requests.
        url: Address of the service, such as ``http://priority:8000``.
        timeout_s: Limit of one request in seconds.
    """

    name = "priority"

    def __init__(self, http: httpx.AsyncClient, url: str, timeout_s: float) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._timeout_s = timeout_s

    async def score(self, request: ScoreRequest) -> PriorityScore:
        """Return the score of a job, or its tier's base score if the service does not answer."""
        try:
            return await self._post("/v1/score", request, PriorityScore)
        except TransientError as error:
            FALLBACKS.inc()
            _log.warning("scored_without_service", reason=error.message, tier=request.tier)
            return base_score(request)

    async def scores(
        self, requests: Sequence[ScoreRequest], *, now: datetime, policy: PriorityPolicy
    ) -> list[PriorityScore]:
        """Return the scores of many jobs at one time under one policy.

        Raises:
            TransientError: ``internal``; the service did not answer in time.
        """
        request = ScoresRequest(jobs=list(requests), now=now, policy=policy)
        return (await self._post("/v1/scores", request, ScoresResponse)).scores

    async def rank(
        self,
        candidates: Sequence[RankCandidate],
        in_progress: Mapping[UUID, int],
        *,
        now: datetime,
        policy: PriorityPolicy | None,
    ) -> list[RankedJob]:
        """Return the candidates in order, best first.

        Args:
            candidates: The jobs to rank.
            in_progress: Number of running jobs per tenant.
            now: The time on the clock that gave the candidates their request times.
            policy: The policy that operators set; null for that of the service's settings.

        Raises:
            TransientError: ``internal``; the service did not answer in time.
        """
        request = RankRequest(
            candidates=list(candidates),
            in_progress={str(tenant): count for tenant, count in in_progress.items()},
            now=now,
            policy=policy,
        )
        return (await self._post("/v1/rank", request, RankResponse)).ranked

    async def policy(self) -> PriorityPolicy:
        """Return the policy of the service's settings.

        Raises:
            TransientError: ``internal``; the service did not answer in time.
        """
        path = "/v1/policy"
        return await self._answer(self._http.get(f"{self._url}{path}"), path, PriorityPolicy)

    async def ping(self) -> None:
        """Raise an error when the service does not answer."""
        async with asyncio.timeout(self._timeout_s):
            (await self._http.get(f"{self._url}/health/live")).raise_for_status()

    async def _post(self, path: str, body: msgspec.Struct, kind: type[T]) -> T:
        request = self._http.post(
            f"{self._url}{path}",
            content=msgspec.json.encode(body),
            headers={"content-type": "application/json"},
        )
        return await self._answer(request, path, kind)

    async def _answer(self, request: Awaitable[httpx.Response], path: str, kind: type[T]) -> T:
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await request
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=kind)
        except (httpx.HTTPError, TimeoutError, msgspec.MsgspecError) as error:
            raise TransientError(
                ErrorCode.INTERNAL,
                f"The priority service did not answer {path} ({type(error).__name__}).",
            ) from error


class KnownPolicy:
    """The policy in force: the one that operators set or, without one, that of the service.

    While one of the two does not answer, its last answer stays in use.
    """

    def __init__(self, service: PriorityService, database: Database) -> None:
        self._service = service
        self._database = database
        self._stored: PriorityPolicy | None = None
        self._own: PriorityPolicy | None = None
        self._stored_at = self._own_at = float("-inf")

    async def get(self) -> PriorityPolicy | None:
        """Return the policy; null when nobody set one and the service has never answered."""
        now = asyncio.get_running_loop().time()
        # The times are set before the requests, so that requests at the same time do not all ask.
        if now - self._stored_at > _KEEP_STORED_S:
            self._stored_at = now
            with suppress(TransientError):
                async with self._database.autocommit() as session:
                    latest = (await session.policies.in_force()).policy
                self._stored = latest
        if self._stored is None and now - self._own_at > _KEEP_OWN_S:
            self._own_at = now
            with suppress(TransientError):
                self._own = await self._service.policy()
        return self._stored or self._own


def base_score(request: ScoreRequest) -> PriorityScore:
    """Return the score of a job by its tier, or by the override, alone."""
    bases = BASE_SCORE if request.policy is None else request.policy.base_scores
    base = bases[request.tier] if request.base_override is None else request.base_override
    return PriorityScore(
        score=base,
        priority=round(base),
        static_score=base,
        base=base,
        size_bonus=0.0,
        ageing_bonus=0.0,
        overdue=False,
    )
