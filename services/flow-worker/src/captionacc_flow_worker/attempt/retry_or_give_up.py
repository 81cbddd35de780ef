"""Pure: how the failure of an attempt becomes a retry, or the end of its job."""

import asyncio

import msgspec
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    ErrorReport,
    TransientError,
)
from captionacc_contracts.work.jobs import MAX_ATTEMPTS


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When a failed job is tried again.

    With the defaults, the waits after attempts 1, 2, 3 and 4 are at most 2, 6, 18 and 54 seconds
    and at least half of that; attempt 5 is the last. A chance between the two keeps jobs that
    failed together from coming back together.
    """

    # The attempt with this number is the last, whatever the error.
    max_attempts: int = MAX_ATTEMPTS
    # The longest wait after attempt 1. Shorter waits find a broken link still broken.
    first_delay_s: float = 2.0
    # The longest wait grows by this factor per attempt: 2, 6, 18, 54, 162, …
    factor: float = 3.0
    # … and stays at this length: five minutes after an outage ends, every job is back.
    longest_delay_s: float = 300.0
    # The last attempt for errors in ``COSTLY``: each such attempt costs as much as the work itself.
    costly_attempts: int = 2


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    report: ErrorReport
    delay_s: float


class GiveUp(msgspec.Struct, frozen=True, kw_only=True):
    report: ErrorReport


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """Another worker holds the job now: change nothing."""


class Cancelled(msgspec.Struct, frozen=True, kw_only=True):
    """A person cancelled the job."""


Decision = Retry | GiveUp | Lost | Cancelled

# A time-out used up all of its compute time; an internal error is probably a bug that repeats.
COSTLY = frozenset({ErrorCode.COMPUTE_TIMEOUT, ErrorCode.INTERNAL})


def report_of(error: BaseException, stage: str) -> ErrorReport:
    """What the row shows. The text of a foreign error stays in the log: it may hold secrets."""
    if isinstance(error, CaptionAccError):
        return ErrorReport(code=error.code, message=error.message, stage=stage)
    return ErrorReport(
        code=ErrorCode.INTERNAL,
        message=f"An internal error stopped the work during {stage}; operators find it in the log.",
        stage=stage,
    )


def delay_s(attempt: int, policy: RetryPolicy, jitter: float) -> float:
    """Seconds before the attempt after ``attempt`` (from 1); ``jitter`` is drawn from [0, 1)."""
    longest = min(policy.longest_delay_s, policy.first_delay_s * policy.factor ** (attempt - 1))
    return longest * (0.5 + 0.5 * jitter)


def decide(
    error: BaseException,
    *,
    stage: str,
    attempt: int,
    policy: RetryPolicy,
    jitter: float,
) -> Decision:
    """What to do after attempt number ``attempt`` (from 1) ended with ``error``."""
    report = report_of(error, stage)
    if report.code is ErrorCode.LEASE_LOST:
        return Lost()
    if report.code in (ErrorCode.CANCELLED, ErrorCode.COMPUTE_CANCELLED):
        return Cancelled()
    if not _may_pass(error):
        return GiveUp(report=report)
    allowed = policy.costly_attempts if report.code in COSTLY else policy.max_attempts
    if attempt >= min(allowed, policy.max_attempts):
        return GiveUp(report=report)
    return Retry(report=report, delay_s=delay_s(attempt, policy, jitter))


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, CaptionAccError):
        return isinstance(error, TransientError)
    # A foreign error may come from a broken link or from a bug; one more attempt tells which.
    return isinstance(error, Exception) and not isinstance(error, asyncio.CancelledError)
