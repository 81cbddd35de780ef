"""The priority service over HTTP."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import httpx
import msgspec
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.work.priority import (
    PriorityScore,
    RankCandidate,
    RankedJob,
    RankRequest,
    RankResponse,
    ScoreRequest,
)

T = TypeVar("T")


class HttpPriority:
    """Holds to the ``Priority`` port; ``client`` has the service's base URL and a time-out."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.name = "priority"

    async def score(self, request: ScoreRequest) -> PriorityScore:
        return await self._post("/v1/score", request, PriorityScore)

    async def rank(
        self, candidates: Sequence[RankCandidate], in_progress: Mapping[UUID, int]
    ) -> list[RankedJob]:
        request = RankRequest(
            candidates=list(candidates),
            in_progress={str(tenant): count for tenant, count in in_progress.items()},
        )
        return (await self._post("/v1/rank", request, RankResponse)).ranked

    async def ping(self) -> None:
        (await self._client.get("/health/live")).raise_for_status()

    async def _post(self, path: str, body: msgspec.Struct, kind: type[T]) -> T:
        try:
            answer = await self._client.post(
                path,
                content=msgspec.json.encode(body),
                headers={"content-type": "application/json"},
            )
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=kind)
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise TransientError(
                ErrorCode.INTERNAL,
                f"The priority service did not answer {path} ({type(error).__name__}).",
            ) from error
