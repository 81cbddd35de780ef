"""Requests to stop a running attempt, with the reason."""

from enum import StrEnum


class Stop(StrEnum):
    """A reason to stop an attempt.

    ``CANCEL``: a person cancelled the job. ``RELEASE``: this worker drains. ``LOST``: another
    worker may hold the lease.
    """

    CANCEL = "cancel"
    RELEASE = "release"
    LOST = "lost"


class StopRequest:
    """Holds the reason to stop one attempt; the attempt and its engine read it."""

    def __init__(self) -> None:
        self._reason: Stop | None = None

    @property
    def reason(self) -> Stop | None:
        """``None`` while the attempt may go on."""
        return self._reason

    def make(self, reason: Stop) -> bool:
        """Ask for the stop; returns false if a stop was asked for before. Its reason stays."""
        if self._reason is not None:
            return False
        self._reason = reason
        return True


class Abandoned(Exception):  # noqa: N818  it ends a run on purpose, so it is not named an error
    """Ends an attempt without a report to Prefect, because its job's lease is lost or unknown."""
