"""Decides whether a failed attempt is followed by another one. Pure."""

import asyncio

import msgspec
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    ErrorReport,
    TransientError,
)
from captionacc_contracts.plain_messages import SENTENCES, plain_message
from captionacc_contracts.work.dependencies import NAMES, Dependency
from captionacc_contracts.work.jobs import MAX_ATTEMPTS


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When a failed job is tried again.

    With the defaults, the longest waits after attempts 1, 2, 3 and 4 are 2, 6, 18 and 54 seconds;
    attempt 5 is the last. A random wait between half of the longest wait and all of it keeps jobs
    that failed together from coming back together.
    """

    # The attempt with this number is the last, whatever the error.
    max_attempts: int = MAX_ATTEMPTS
    # The longest wait after attempt 1. After a shorter wait, a broken link is often still broken.
    first_delay_s: float = 2.0
    # The longest wait grows by this factor per attempt: 2, 6, 18, 54, 162, …
    factor: float = 3.0
    # The longest wait grows no further than this, so every job runs again within five minutes
    # after the end of an outage.
    longest_delay_s: float = 300.0


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    report: ErrorReport
    delay_s: float


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """A service is away, so the attempt does not count. Nothing runs out, however long it lasts."""

    report: ErrorReport
    dependency: Dependency


class GiveUp(msgspec.Struct, frozen=True, kw_only=True):
    report: ErrorReport


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """Another worker holds the job, so this worker changes nothing."""


class Cancelled(msgspec.Struct, frozen=True, kw_only=True):
    """A person cancelled the job."""


Decision = Retry | Wait | GiveUp | Lost | Cancelled

# A time-out has used all of the compute time; an internal error is probably a bug, which repeats.
# Each such attempt costs as much as a success, so two in a row end the job.
COSTLY = frozenset({ErrorCode.COMPUTE_TIMEOUT, ErrorCode.INTERNAL})


def report_of(error: BaseException, stage: str) -> ErrorReport:
    """The error for the row, which people read; the log has the full text.

    The text of exceptions that are not ours may even hold secrets.
    """
    if isinstance(error, CaptionAccError):
        return ErrorReport(
            code=error.code, message=plain_message(error.code, error.message), stage=stage
        )
    return ErrorReport(
        code=ErrorCode.INTERNAL,
        message=SENTENCES[ErrorCode.INTERNAL],
        stage=stage,
    )


def waiting_report(report: ErrorReport, away: Dependency) -> ErrorReport:
    """What the row of a waiting job shows; the reason of the outage is for operators."""
    message = f"Waits until {NAMES[away]} answers again; the work goes on by itself."
    return msgspec.structs.replace(report, message=message)


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
    earlier: ErrorReport | None = None,
    away: Dependency | None = None,
) -> Decision:
    """What to do after attempt number ``attempt`` (from 1) ended with ``error``.

    ``earlier`` is the error of the last attempt that failed; attempts whose worker died have none.
    ``away`` is the service whose outage caused the error.
    """
    report = report_of(error, stage)
    if report.code is ErrorCode.LEASE_LOST:
        return Lost()
    if report.code in (ErrorCode.CANCELLED, ErrorCode.COMPUTE_CANCELLED):
        return Cancelled()
    if away is not None:
        return Wait(report=waiting_report(report, away), dependency=away)
    if not _may_pass(error):
        return GiveUp(report=report)
    costly_again = report.code in COSTLY and earlier is not None and earlier.code in COSTLY
    if costly_again or attempt >= policy.max_attempts:
        return GiveUp(report=report)
    return Retry(report=report, delay_s=delay_s(attempt, policy, jitter))


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, CaptionAccError):
        return isinstance(error, TransientError)
    # Other exceptions come from a broken link or from a bug; another attempt shows which.
    return isinstance(error, Exception) and not isinstance(error, asyncio.CancelledError)
