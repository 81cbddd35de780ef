"""Bodies of the routes for operators of this service."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from captionacc_contracts.errors import ErrorCode, ErrorReport
from captionacc_contracts.limits import Limits
from captionacc_contracts.web.usage import LimitView
from captionacc_contracts.web.waiting import WaitingView
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.priority import PriorityPolicy
from captionacc_contracts.work.states import JobState
from captionacc_contracts.work.tiers import Tier

MOST_RETRIES = 100
"""Jobs that one request tries again: each is a transaction, and the request must end in seconds."""


LATEST_FAILED = 500
"""Pages for operators look at so many failed jobs, the latest ones. A page is read every few
seconds, and a service may have many thousand."""


class WaitingWork(msgspec.Struct, frozen=True, kw_only=True):
    """A waiting job, or a video that has no job yet because its tenant has reached a limit."""

    job_id: UUID | None
    video_id: UUID
    display_name: str
    tenant_id: UUID
    kind: JobKind
    tier: Tier
    priority: int | None
    static_score: float | None
    attempt: int
    requested_at: datetime
    waiting: WaitingView


class WaitingPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the waiting work of all tenants in the order of the queue; ``total`` counts all."""

    items: list[WaitingWork]
    total: int


class OperatorJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job of any tenant that runs or has failed; ``display_name`` is that of its video."""

    job_id: UUID
    video_id: UUID
    display_name: str
    tenant_id: UUID
    tier: Tier
    kind: JobKind
    state: JobState
    attempt: int
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error: ErrorReport | None
    flow_run_id: UUID | None


class OperatorJobPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of jobs, the latest first; ``total`` counts all."""

    items: list[OperatorJob]
    total: int


class TenantSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant with what it has and does now; ``month_usd`` and ``month_minutes`` are of this
    month in UTC, and ``failed`` counts the jobs that can be tried again, among the latest 500
    failed ones of the service."""

    tenant_id: UUID
    name: str
    tier: Tier
    videos: int
    stored_bytes: int
    waiting: int
    running: int
    failed: int
    month_usd: float
    month_minutes: float


class TenantPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the tenants, those with most work first; ``total`` counts all."""

    items: list[TenantSummary]
    total: int


class OperatorLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Pages of other services; null when the settings do not name them."""

    prefect_ui_url: str | None


class ChangePriority(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``base_override`` replaces the points of the job's tier; null returns to the tier's."""

    base_override: Annotated[float, msgspec.Meta(ge=0, le=100)] | None
    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class ChangePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The policy that is to replace the one in force, and why."""

    policy: PriorityPolicy
    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class PastPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that an operator set."""

    number: int
    policy: PriorityPolicy
    set_by: UUID
    set_at: datetime
    reason: str


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """The policy in force.

    ``policy`` is null when nobody set one and the priority service, whose settings then apply, does
    not answer. ``past`` has the policies that operators set, the latest first. ``jobs_to_score``
    counts waiting jobs that still have a score from an earlier policy.
    """

    policy: PriorityPolicy | None
    past: list[PastPolicy]
    jobs_to_score: int


class PriorityChanged(msgspec.Struct, frozen=True, kw_only=True):
    job_id: UUID
    priority: int
    static_score: float


class RetryJobs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which failed jobs to try again: the named ones, or those that the filter finds.

    The filter finds the jobs that failed last, and only where no later job did the same work.
    """

    job_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MOST_RETRIES)] | None = (
        None
    )
    tenant_id: UUID | None = None
    error_code: ErrorCode | None = None
    failed_since: datetime | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_RETRIES)] = MOST_RETRIES
    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """The job that repeats ``job_id``, or why there is none: a sentence, and its code."""

    job_id: UUID
    new_job_id: UUID | None
    refusal: str | None
    code: ErrorCode | None


class RetriedJobs(msgspec.Struct, frozen=True, kw_only=True):
    jobs: list[Retried]


class TenantLimitsView(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a tenant. Null in ``overrides`` means that the value of the tier applies."""

    tenant_id: UUID
    tier: Tier
    overrides: Limits
    limits: list[LimitView]
