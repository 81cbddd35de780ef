"""Client of the priority service, with a fallback score when the service does not answer."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
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
)
from captionacc_contracts.work.tiers import BASE_SCORE
from captionacc_observability import metrics
from captionacc_observability.logging import get_logger

FALLBACKS = metrics.Counter(
    "captionacc_score_fallbacks", "Scores made without the priority service"
)

# The constants change only when the service is deployed anew.
_KEEP_POLICY_S = 60.0

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

    async def rank(
        self, candidates: Sequence[RankCandidate], in_progress: Mapping[UUID, int]
    ) -> list[RankedJob]:
        """Return the candidates in order, best first.

        Args:
            candidates: The jobs to rank.
            in_progress: Number of running jobs per tenant.

        Raises:
            TransientError: ``internal``; the service did not answer in time.
        """
        request = RankRequest(
            candidates=list(candidates),
            in_progress={str(tenant): count for tenant, count in in_progress.items()},
        )
        return (await self._post("/v1/rank", request, RankResponse)).ranked

    async def policy(self) -> PriorityPolicy:
        """Return the constants in force.

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
    """The constants of the priority service, asked for once a minute at most.

    While the service is away, the last constants stay in use.
    """

    def __init__(self, service: PriorityService) -> None:
        self._service = service
        self._policy: PriorityPolicy | None = None
        self._asked_at: float | None = None

    async def get(self) -> PriorityPolicy | None:
        """Return the constants; null when the service has never answered."""
        now = asyncio.get_running_loop().time()
        if self._asked_at is None or now - self._asked_at > _KEEP_POLICY_S:
            # Set before the request, so that requests at the same time do not all ask.
            self._asked_at = now
            with suppress(TransientError):
                self._policy = await self._service.policy()
        return self._policy


def base_score(request: ScoreRequest) -> PriorityScore:
    """Return the score of a job by its tier, or by the override, alone."""
    base = BASE_SCORE[request.tier] if request.base_override is None else request.base_override
    return PriorityScore(
        score=base,
        priority=round(base),
        static_score=base,
        base=base,
        size_bonus=0.0,
        ageing_bonus=0.0,
        overdue=False,
    )
