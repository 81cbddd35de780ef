"""Pure: what a failed attempt means for its job."""

import asyncio

import msgspec
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    ErrorReport,
    TransientError,
)


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Delays grow from ``first_delay_s`` by ``factor`` to ``longest_delay_s``, fully jittered."""

    max_attempts: int = 5
    first_delay_s: float = 2.0
    factor: float = 3.0
    longest_delay_s: float = 300.0
    # Each of these costs as much as the work itself, or repeats for a reason of our own making.
    costly_attempts: int = 2


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    report: ErrorReport
    delay_s: float


class GiveUp(msgspec.Struct, frozen=True, kw_only=True):
    report: ErrorReport


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """The job belongs to somebody else now: touch nothing."""


class Cancelled(msgspec.Struct, frozen=True, kw_only=True):
    """The work was stopped because a person asked."""


Decision = Retry | GiveUp | Lost | Cancelled

COSTLY = frozenset({ErrorCode.COMPUTE_TIMEOUT, ErrorCode.INTERNAL})


def report_of(error: BaseException, stage: str) -> ErrorReport:
    """What the row shows; the text of an error that is not ours never leaves the log."""
    if isinstance(error, CaptionAccError):
        return ErrorReport(code=error.code, message=error.message, stage=stage)
    return ErrorReport(
        code=ErrorCode.INTERNAL,
        message=f"Something inside the system failed during {stage}; its operators have the log.",
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
    # An error that is not ours may be a broken link or a bug; one more attempt tells them apart.
    return isinstance(error, Exception) and not isinstance(error, asyncio.CancelledError)
