"""Scores from the priority service, with the tier's base score as the fallback."""

import asyncio

import httpx
import msgspec
from captionacc_contracts.work.priority import PriorityScore, ScoreRequest
from captionacc_contracts.work.tiers import BASE_SCORE
from captionacc_observability import metrics
from captionacc_observability.logging import get_logger

TIMEOUT_S = 1.0
FALLBACKS = metrics.Counter(
    "captionacc_gateway_priority_fallbacks", "Scores made without the priority service"
)

_log = get_logger(__name__)
_decoder = msgspec.json.Decoder(PriorityScore)


class PriorityService:
    """The priority service over HTTP; ``name`` and ``ping`` make it a readiness check."""

    name = "priority"

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url.rstrip("/")
        self._client = client

    async def score(self, request: ScoreRequest) -> PriorityScore:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._client.post(
                    f"{self._url}/v1/score",
                    content=msgspec.json.encode(request),
                    headers={"content-type": "application/json"},
                )
            answer.raise_for_status()
            return _decoder.decode(answer.content)
        except (httpx.HTTPError, TimeoutError, msgspec.DecodeError) as error:
            FALLBACKS.inc()
            _log.warning("priority_fallback", reason=type(error).__name__, tier=request.tier)
            return _fallback(request)

    async def ping(self) -> None:
        answer = await self._client.get(f"{self._url}/health/live")
        answer.raise_for_status()


def _fallback(request: ScoreRequest) -> PriorityScore:
    base = BASE_SCORE[request.tier]
    return PriorityScore(
        score=base,
        priority=round(base),
        static_score=base,
        base=base,
        size_bonus=0.0,
        ageing_bonus=0.0,
        overdue=False,
    )
