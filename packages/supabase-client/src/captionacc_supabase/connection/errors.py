"""asyncpg's errors and SQLSTATEs, turned into ours at every call that reaches Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError

# Classes 08 (connection) and 53 (resources), then: serialisation failure, deadlock, lock not
# available, query cancelled by a time-out, and a server that stops, crashed or starts.
_TRANSIENT_CLASSES = ("08", "53")
_TRANSIENT_STATES = frozenset({"40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03"})
_FOREIGN_KEY_VIOLATION = "23503"
_UNIQUE_VIOLATION = "23505"


def is_transient(error: asyncpg.PostgresError) -> bool:
    """Whether the same statement may succeed later."""
    state = error.sqlstate or ""
    return state.startswith(_TRANSIENT_CLASSES) or state in _TRANSIENT_STATES


@contextmanager
def translated() -> Iterator[None]:
    """Raise what Postgres or the way to it refuses as an error of ours.

    Raises:
        TransientError: ``database_unavailable`` when the same call may succeed later.
        PermanentError: ``not_found`` when a row that is referred to does not exist,
            ``state_conflict`` when a row is there already.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        state = error.sqlstate or ""
        if is_transient(error):
            raise _unavailable(error) from error
        if state == _FOREIGN_KEY_VIOLATION:
            raise PermanentError(
                ErrorCode.NOT_FOUND, "A row that this one belongs to does not exist."
            ) from error
        if state == _UNIQUE_VIOLATION:
            raise PermanentError(
                ErrorCode.STATE_CONFLICT, "A row with the same key is there already."
            ) from error
        raise
    except asyncpg.InterfaceError as error:
        # The class also stands for wrong use of the client, which no second try mends.
        if "clos" not in str(error):
            raise
        raise _unavailable(error) from error
    except (OSError, TimeoutError, asyncpg.InternalClientError) as error:
        # The last is what a connection raises when a crash of the server left it out of step.
        raise _unavailable(error) from error


def _unavailable(error: BaseException) -> TransientError:
    # The text of a connection error may name the address with its password.
    return TransientError(
        ErrorCode.DATABASE_UNAVAILABLE,
        f"Postgres did not answer ({type(error).__name__}); try again later.",
    )


def lease_lost(job_id: object) -> TransientError:
    return TransientError(
        ErrorCode.LEASE_LOST,
        f"The lease of job {job_id} ended or was taken over, so nothing was written.",
    )


def cancel_requested(job_id: object) -> PermanentError:
    return PermanentError(
        ErrorCode.CANCELLED, f"Job {job_id} is to be cancelled, so its result is not published."
    )
