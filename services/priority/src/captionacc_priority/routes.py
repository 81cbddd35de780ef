"""The routes of the priority service."""

from datetime import datetime

from captionacc_contracts.work.priority import (
    PriorityPolicy,
    PriorityScore,
    RankRequest,
    RankResponse,
    ScoreRequest,
    ScoresRequest,
    ScoresResponse,
)
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from captionacc_observability import metrics
from captionacc_observability.clock import Clock
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation

from captionacc_priority import ranking, scoring
from captionacc_priority.problems import InvalidRequestError

UsedClock = NamedDependency[SkipValidation[Clock]]
UsedPolicy = NamedDependency[SkipValidation[PriorityPolicy]]

SCORED = metrics.Counter("captionacc_priority_scores", "Scores computed")
RANKED = metrics.Histogram(
    "captionacc_priority_candidates",
    "Candidates per ranking",
    buckets=(0, 1, 2, 5, 10, 20, 50, 100, 1000),
)


def _aware(name: str, moment: datetime | None) -> None:
    if moment is not None and moment.tzinfo is None:
        message = f"{name} needs a UTC offset, as in 2026-01-02T03:04:05Z."
        raise InvalidRequestError(message)


def _points(name: str, value: float | None) -> None:
    if value is not None and not 0 <= value <= scoring.HIGHEST:
        message = f"{name} must lie between 0 and 100, but is {value}."
        raise InvalidRequestError(message)


@post(
    "/v1/score",
    operation_id="scoreJob",
    tags=["priority"],
    dto=StrictBody[ScoreRequest],
    return_dto=None,
    status_code=200,
)
@raises(InvalidRequestError)
async def score(
    data: JSONBody[ScoreRequest], policy: UsedPolicy, clock: UsedClock
) -> PriorityScore:
    """Score one job now: base by tier or override, size, ageing, the bound on waiting."""
    _check(data)
    SCORED.inc()
    return scoring.score(data.policy or policy, data, clock.now())


@post(
    "/v1/scores",
    operation_id="scoreJobs",
    tags=["priority"],
    dto=StrictBody[ScoresRequest],
    return_dto=None,
    status_code=200,
)
@raises(InvalidRequestError)
async def scores(
    data: JSONBody[ScoresRequest], policy: UsedPolicy, clock: UsedClock
) -> ScoresResponse:
    """Score many jobs, such as all that wait when the policy changes."""
    _aware("now", data.now)
    for job in data.jobs:
        _check(job)
    now = data.now or clock.now()
    SCORED.inc(len(data.jobs))
    return ScoresResponse(
        scores=[scoring.score(job.policy or data.policy or policy, job, now) for job in data.jobs]
    )


def _check(request: ScoreRequest) -> None:
    _aware("requested_at", request.requested_at)
    _aware("now", request.now)
    _points("base_override", request.base_override)
    if request.size_bytes is not None and request.size_bytes < 0:
        message = f"size_bytes must not be negative, but is {request.size_bytes}."
        raise InvalidRequestError(message)


@post(
    "/v1/rank",
    operation_id="rankJobs",
    tags=["priority"],
    dto=StrictBody[RankRequest],
    return_dto=None,
    status_code=200,
)
@raises(InvalidRequestError)
async def rank(data: JSONBody[RankRequest], policy: UsedPolicy, clock: UsedClock) -> RankResponse:
    """Put waiting jobs in order now, best first, with each tenant's fair share."""
    _aware("now", data.now)
    for candidate in data.candidates:
        _aware("requested_at", candidate.requested_at)
        _points("static_score", candidate.static_score)
    for tenant, count in data.in_progress.items():
        if count < 0:
            message = f"in_progress of tenant {tenant} must not be negative, but is {count}."
            raise InvalidRequestError(message)
    RANKED.observe(len(data.candidates))
    try:
        return ranking.rank(data.policy or policy, data, clock.now())
    except ValueError as error:
        message = "The keys of in_progress must be tenant uuids."
        raise InvalidRequestError(message) from error


@get("/v1/policy", operation_id="getPolicy", tags=["priority"])
@raises()
async def own_policy(policy: UsedPolicy) -> PriorityPolicy:
    """The policy of this service's settings, for requests that bring none.

    The workers and the gateway send the policy that operators set (`PUT /operators/policy` of the
    gateway), if they set any.
    """
    return policy


@get("/health/live", operation_id="getLiveness", tags=["operations"], sync_to_thread=False)
@raises()
def live() -> dict[str, str]:
    """Answer as long as the process runs."""
    return {"status": "ok"}


@get("/health/ready", operation_id="getReadiness", tags=["operations"], sync_to_thread=False)
@raises()
def ready() -> dict[str, str]:
    """Ready as soon as the process answers, because the service needs no other service."""
    return {"status": "ok"}


@get("/metrics", include_in_schema=False, sync_to_thread=False)
def metrics_text() -> Response[bytes]:
    body, content_type = metrics.exposition()
    # Litestar adds the charset itself.
    return Response(body, media_type=content_type.removesuffix("; charset=utf-8"))


ROUTES = [score, scores, rank, own_policy, live, ready, metrics_text]
