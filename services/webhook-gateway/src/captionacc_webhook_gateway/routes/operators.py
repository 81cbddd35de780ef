"""Routes for operators of this service. Each change is recorded with its operator."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.limits import Limits
from captionacc_contracts.web.operators import (
    ChangePolicy,
    ChangePriority,
    OperatorJobPage,
    OperatorLinks,
    PolicyView,
    PriorityChanged,
    Retried,
    RetriedJobs,
    RetryJobs,
    TenantLimitsView,
    TenantPage,
    WaitingPage,
)
from captionacc_contracts.work.dependencies import WorkerOutages
from captionacc_contracts.work.priority import PriorityPolicy, ScoreRequest
from captionacc_contracts.work.states import ENDED_JOB_STATES
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from captionacc_supabase.rows import NewJob
from captionacc_supabase.session import Session
from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from captionacc_webhook_gateway.errors import InvalidRequestError, NotFoundError
from captionacc_webhook_gateway.routes.guards import (
    OPERATOR_SECURITY,
    OperatorRequest,
    require_operator,
)
from captionacc_webhook_gateway.services import Services, Used
from captionacc_webhook_gateway.standings import WEEK_DAYS, limit_views

PageLimit = Annotated[int, QueryParameter(ge=1, le=500)]
PageOffset = Annotated[int, QueryParameter(ge=0, le=1_000_000)]

# What an operator who looks for the cause of a change needs to see.
_PAST_POLICIES = 20


@get("/jobs", operation_id="listWaitingWork")
@raises(TransientError)
async def waiting_work(
    services: Used,
    tenant_id: FromQuery[UUID | None] = None,
    limit: PageLimit = 100,
    offset: PageOffset = 0,
) -> WaitingPage:
    """List the waiting work of all tenants in the order of the queue, with the reasons.

    Videos that have no job yet because of a limit of their tenant come last.
    """
    policy = await services.policy.get()
    async with services.database.transaction() as session:
        return await session.waiting.page(policy, tenant_id=tenant_id, limit=limit, offset=offset)


@get("/jobs/running", operation_id="listRunningJobs")
@raises(TransientError)
async def running_jobs(
    services: Used, limit: PageLimit = 100, offset: PageOffset = 0
) -> OperatorJobPage:
    """List the jobs of all tenants that run now, the latest first."""
    async with services.database.transaction() as session:
        return await session.operators.running_page(limit=limit, offset=offset)


@get("/jobs/failed", operation_id="listFailedJobs")
@raises(InvalidRequestError, TransientError)
async def failed_jobs(
    services: Used,
    tenant_id: FromQuery[UUID | None] = None,
    error_code: FromQuery[ErrorCode | None] = None,
    failed_since: FromQuery[datetime | None] = None,
    limit: PageLimit = 100,
    offset: PageOffset = 0,
) -> OperatorJobPage:
    """List failed jobs that nobody has tried again, the latest first.

    Only the latest 500 failed jobs that fit the filter are looked at, and ``total`` counts among
    these. A retry with the same filter also takes older ones.
    """
    _require_offset(failed_since)
    async with services.database.transaction() as session:
        return await session.operators.failed_page(
            tenant_id=tenant_id,
            error_code=error_code,
            since=failed_since,
            limit=limit,
            offset=offset,
        )


def _require_offset(time: datetime | None) -> None:
    if time is not None and time.tzinfo is None:
        message = "failed_since needs a UTC offset, as in 2026-01-02T03:04:05Z."
        raise InvalidRequestError(message)


@get("/links", operation_id="getOperatorLinks")
@raises(TransientError)
async def links(services: Used) -> OperatorLinks:
    """Show the addresses of pages of other services, such as Prefect's."""
    return OperatorLinks(prefect_ui_url=services.prefect_ui_url)


@get("/outages", operation_id="listOutages")
@raises(TransientError)
async def outages(services: Used) -> list[WorkerOutages]:
    """List the workers that run now, each with the services that it cannot use and why.

    Jobs that need a service wait while every worker has it in its list.
    """
    async with services.database.transaction() as session:
        return await session.outages.reports()


@post(
    "/jobs/{job_id:uuid}/priority",
    operation_id="changePriority",
    dto=StrictBody[ChangePriority],
    return_dto=None,
    status_code=200,
)
@raises(NotFoundError, ErrorCode.STATE_CONFLICT, TransientError)
async def change_priority(
    request: OperatorRequest,
    services: Used,
    job_id: FromPath[UUID],
    data: JSONBody[ChangePriority],
) -> PriorityChanged:
    """Replace the points that a waiting job has from its tier, such as 100 to run it next.

    The job keeps its points for waiting and for a small video. The name of its Prefect queue keeps
    the former score.
    """
    async with services.database.transaction() as session:
        standing = await session.policies.in_force()
        job = await session.jobs.get(job_id)
        video = None if job is None else await session.videos.get(job.video_id)
    if job is None or video is None:
        message = f"There is no job {job_id}."
        raise NotFoundError(message)
    score = await services.scores.score(
        ScoreRequest(
            tier=job.tier,
            requested_at=job.requested_at,
            size_bytes=video.checked_size_bytes,
            ageing=job.ageing,
            base_override=data.base_override,
            now=standing.now,
            policy=standing.policy,
        )
    )
    async with services.database.transaction() as session:
        await session.operators.set_score(
            job_id, score, base_override=data.base_override, policy_number=standing.number
        )
        await session.operators.note(
            request.user.id,
            "change_priority",
            {"from": job.static_score, "to": score.static_score, **msgspec.to_builtins(data)},
            tenant_id=job.tenant_id,
            job_id=job_id,
        )
    return PriorityChanged(job_id=job_id, priority=score.priority, static_score=score.static_score)


@post(
    "/jobs/retry",
    operation_id="retryJobs",
    dto=StrictBody[RetryJobs],
    return_dto=None,
    status_code=202,
)
@raises(InvalidRequestError, TransientError)
async def retry_jobs(
    request: OperatorRequest, services: Used, data: JSONBody[RetryJobs]
) -> RetriedJobs:
    """Try failed and cancelled jobs again: the named ones, or those that a filter finds.

    The limits of the tenants apply. A job that cannot be tried again does not keep the others from
    it; its entry says why.
    """
    _require_offset(data.failed_since)
    job_ids = data.job_ids
    if job_ids is None:
        async with services.database.transaction() as session:
            job_ids = await session.operators.failed_jobs(
                tenant_id=data.tenant_id,
                error_code=data.error_code,
                since=data.failed_since,
                limit=data.limit,
            )
    return RetriedJobs(
        jobs=[
            await _retried(services, request.user.id, job_id, data.reason)
            for job_id in dict.fromkeys(job_ids)
        ]
    )


async def _retried(services: Services, operator_id: UUID, job_id: UUID, reason: str) -> Retried:
    try:
        async with services.database.transaction() as session:
            job = await session.jobs.get(job_id)
            if job is None:
                raise PermanentError(ErrorCode.NOT_FOUND, "There is no such job.")
            if job.state not in ENDED_JOB_STATES:
                raise PermanentError(ErrorCode.STATE_CONFLICT, f"The job is {job.state}.")
            new, _created = await session.jobs.enqueue(NewJob.like(job))
            await session.operators.note(
                operator_id,
                "retry_job",
                {"new_job_id": new.id, "reason": reason},
                tenant_id=job.tenant_id,
                job_id=job_id,
            )
    except PermanentError as error:
        return Retried(job_id=job_id, new_job_id=None, refusal=error.message, code=error.code)
    return Retried(job_id=job_id, new_job_id=new.id, refusal=None, code=None)


@get("/policy", operation_id="getPolicy")
@raises(TransientError)
async def policy_in_force(services: Used) -> PolicyView:
    """Show the policy by which waiting jobs are put in order, and the policies before it."""
    own = await services.policy.get()
    async with services.database.transaction() as session:
        return await _policy_of(session, own)


@put("/policy", operation_id="setPolicy", dto=StrictBody[ChangePolicy], return_dto=None)
@raises(TransientError)
async def set_policy(
    request: OperatorRequest, services: Used, data: JSONBody[ChangePolicy]
) -> PolicyView:
    """Put another policy in force, at once and without a restart of any service.

    The reconciler scores the waiting jobs anew in its next pass; `jobs_to_score` counts those that
    are left. Points that an operator gave a single job stay. The names of Prefect queues keep the
    former scores.
    """
    own = await services.policy.get()
    async with services.database.transaction() as session:
        await session.policies.set(data.policy, request.user.id, data.reason)
        await session.operators.note(
            request.user.id,
            "set_policy",
            {"from": own, "to": data.policy, "reason": data.reason},
        )
        return await _policy_of(session, own)


async def _policy_of(session: Session, own: PriorityPolicy | None) -> PolicyView:
    past = await session.policies.latest(_PAST_POLICIES)
    number = past[0].number if past else 0
    return PolicyView(
        policy=past[0].policy if past else own,
        past=past,
        jobs_to_score=await session.policies.count_to_score(number),
    )


@get("/tenants", operation_id="listTenants")
@raises(TransientError)
async def tenants(services: Used, limit: PageLimit = 100, offset: PageOffset = 0) -> TenantPage:
    """List the tenants with their videos, work and use of this month, most work first."""
    async with services.database.transaction() as session:
        return await session.tenants.page(limit=limit, offset=offset)


@get("/tenants/{tenant_id:uuid}/limits", operation_id="getTenantLimits")
@raises(NotFoundError, TransientError)
async def tenant_limits(services: Used, tenant_id: FromPath[UUID]) -> TenantLimitsView:
    """Show the limits of a tenant, its own ones, and what it uses of them."""
    async with services.database.transaction() as session:
        return await _limits_of(session, tenant_id)


@put(
    "/tenants/{tenant_id:uuid}/limits",
    operation_id="setTenantLimits",
    dto=StrictBody[Limits],
    return_dto=None,
)
@raises(NotFoundError, TransientError)
async def set_tenant_limits(
    request: OperatorRequest, services: Used, tenant_id: FromPath[UUID], data: JSONBody[Limits]
) -> TenantLimitsView:
    """Replace the tenant's own limits; a value that is null or left out is that of the tier."""
    async with services.database.transaction() as session:
        before = await _limits_of(session, tenant_id)
        await session.limits.override(tenant_id, data)
        await session.operators.note(
            request.user.id,
            "set_limits",
            {"from": before.overrides, "to": data},
            tenant_id=tenant_id,
        )
        return await _limits_of(session, tenant_id)


async def _limits_of(session: Session, tenant_id: UUID) -> TenantLimitsView:
    tenant = await session.tenants.get(tenant_id)
    if tenant is None:
        message = f"There is no tenant {tenant_id}."
        raise NotFoundError(message)
    return TenantLimitsView(
        tenant_id=tenant_id,
        tier=tenant.tier,
        overrides=await session.limits.overrides(tenant_id),
        limits=limit_views(
            await session.limits.standing(tenant_id),
            await session.limits.days(tenant_id, WEEK_DAYS),
            datetime.now(UTC),
        ),
    )


OPERATOR_ROUTES = Router(
    path="/operators",
    route_handlers=[
        waiting_work,
        running_jobs,
        failed_jobs,
        links,
        outages,
        change_priority,
        retry_jobs,
        policy_in_force,
        set_policy,
        tenants,
        tenant_limits,
        set_tenant_limits,
    ],
    guards=[require_operator],
    tags=["operators"],
    security=OPERATOR_SECURITY,
)
