"""Which failures are retried, after which delay, and the message for people."""

import pytest
from captionacc_contracts.errors import ErrorCode, ErrorReport, PermanentError, TransientError
from captionacc_flow_worker.attempt.retry_or_give_up import (
    Cancelled,
    Decision,
    GiveUp,
    Lost,
    Retry,
    RetryPolicy,
    decide,
    delay_s,
)
from hypothesis import given
from hypothesis import strategies as st

POLICY = RetryPolicy(max_attempts=5, first_delay_s=2, factor=3, longest_delay_s=100)


def decided(error: BaseException, attempt: int = 1, earlier: ErrorReport | None = None) -> Decision:
    return decide(
        error, stage="publish", attempt=attempt, policy=POLICY, jitter=0.5, earlier=earlier
    )


def test_a_permanent_error_ends_the_job_at_once() -> None:
    decision = decided(PermanentError(ErrorCode.VIDEO_UNREADABLE, "It is no video."))

    assert isinstance(decision, GiveUp)
    assert decision.report.message == "It is no video."
    assert decision.report.stage == "publish"


def test_a_transient_error_is_retried_until_the_last_attempt() -> None:
    error = TransientError(ErrorCode.STORE_UNAVAILABLE, "The store is away.")

    assert [type(decided(error, attempt)) for attempt in range(1, 7)] == [
        Retry, Retry, Retry, Retry, GiveUp, GiveUp,
    ]  # fmt: skip


@pytest.mark.parametrize("code", [ErrorCode.COMPUTE_TIMEOUT, ErrorCode.INTERNAL])
def test_a_costly_failure_is_retried_once(code: ErrorCode) -> None:
    error = TransientError(code, "It took too long.")

    first = decided(error)
    assert isinstance(first, Retry)
    assert isinstance(decided(error, 2, earlier=first.report), GiveUp)


def test_an_attempt_that_failed_otherwise_is_no_costly_one() -> None:
    costly = TransientError(ErrorCode.COMPUTE_TIMEOUT, "It took too long.")
    other = ErrorReport(code=ErrorCode.OCR_UNAVAILABLE, message="No answer.", stage="ocr")

    assert isinstance(decided(costly, 2), Retry), "the worker of attempt 1 died"
    assert isinstance(decided(costly, 2, earlier=other), Retry)
    assert isinstance(decided(costly, 5, earlier=other), GiveUp)


def test_a_lost_lease_changes_nothing() -> None:
    assert decided(TransientError(ErrorCode.LEASE_LOST, "")) == Lost()


@pytest.mark.parametrize("code", [ErrorCode.CANCELLED, ErrorCode.COMPUTE_CANCELLED])
def test_a_cancellation_is_not_a_failure(code: ErrorCode) -> None:
    assert decided(PermanentError(code, "")) == Cancelled()


def test_the_text_of_another_exception_is_not_shown() -> None:
    decision = decided(ValueError("postgresql://user:password@host"))

    assert isinstance(decision, Retry)
    assert decision.report.code is ErrorCode.INTERNAL
    assert "password" not in decision.report.message


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_the_delay_grows_within_its_bounds(attempt: int, jitter: float) -> None:
    delay = delay_s(attempt, POLICY, jitter)

    assert POLICY.first_delay_s / 2 <= delay <= POLICY.longest_delay_s
    assert delay <= delay_s(attempt + 1, POLICY, jitter)
