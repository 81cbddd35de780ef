"""Turns asyncpg's errors and SQLSTATEs into the errors of the contracts."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import asyncpg
import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.limits import LimitReached, LimitReachedError, limit_reached

if TYPE_CHECKING:
    Connection = (
        asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    )

# The classes 08 (connection) and 53 (resources).
_TRANSIENT_CLASSES = ("08", "53")
# Serialisation failure, deadlock, lock not available, query cancelled by a time-out, and a server
# that stops, crashed or starts.
_TRANSIENT_STATES = frozenset({"40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03"})
# Raised by captionacc.require_within_limits; PostgREST answers with the HTTP status in the name.
_LIMIT_STATES = frozenset({"PT402", "PT429"})
_FOREIGN_KEY_VIOLATION = "23503"
_UNIQUE_VIOLATION = "23505"


def is_transient(error: asyncpg.PostgresError) -> bool:
    """Whether the same statement may succeed later."""
    state = error.sqlstate or ""
    return state.startswith(_TRANSIENT_CLASSES) or state in _TRANSIENT_STATES


def _never_closed() -> bool:
    return False


@contextmanager
def translated(is_closed: Callable[[], bool] = _never_closed) -> Iterator[None]:
    """Raise errors of Postgres and of the connection as errors of the contracts.

    Args:
        is_closed: Whether the connection or the pool that the block uses is closed. asyncpg raises
            the same class for a closed connection and for wrong use, which a retry cannot fix.

    Raises:
        TransientError: ``database_unavailable`` when the same call may succeed later.
        PermanentError: ``not_found`` when the row refers to a row that does not exist,
            ``state_conflict`` when a row with the same key exists.
        LimitReachedError: the statement would go past a limit of the tenant.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        state = error.sqlstate or ""
        if is_transient(error):
            raise _unavailable(error) from error
        if state in _LIMIT_STATES:
            raise _limit_reached(error) from error
        if state == _FOREIGN_KEY_VIOLATION:
            raise PermanentError(
                ErrorCode.NOT_FOUND, "The row refers to a row that does not exist."
            ) from error
        if state == _UNIQUE_VIOLATION:
            raise PermanentError(
                ErrorCode.STATE_CONFLICT, "A row with the same key already exists."
            ) from error
        raise
    except asyncpg.InterfaceError as error:
        if not is_closed():
            raise
        raise _unavailable(error) from error
    except (OSError, TimeoutError, asyncpg.InternalClientError) as error:
        # asyncpg raises InternalClientError when a server crash broke the protocol state.
        raise _unavailable(error) from error


def translated_on(connection: "Connection") -> AbstractContextManager[None]:
    """Translate the errors of a block that uses ``connection``."""
    return translated(partial(_is_closed, connection))


def _is_closed(connection: "Connection") -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool takes a connection back as soon as it is lost, and then no method can be called.
        return True


def _unavailable(error: BaseException) -> TransientError:
    # The text of a connection error may contain the address with its password.
    return TransientError(
        ErrorCode.DATABASE_UNAVAILABLE,
        f"Postgres did not answer ({type(error).__name__}); try again later.",
    )


def _limit_reached(error: asyncpg.PostgresError) -> LimitReachedError:
    reached = msgspec.json.decode(error.detail or "", type=LimitReached)
    return limit_reached(error.message or "", reached)


def lease_lost(job_id: object) -> TransientError:
    return TransientError(
        ErrorCode.LEASE_LOST,
        f"The lease of job {job_id} ended or was taken over, so nothing was written.",
    )


def cancel_requested(job_id: object) -> PermanentError:
    return PermanentError(
        ErrorCode.CANCELLED, f"Job {job_id} was asked to cancel, so its result is not published."
    )
