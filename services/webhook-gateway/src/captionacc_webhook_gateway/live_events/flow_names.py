"""Finds the flow that each event of a stream belongs to."""

from contextlib import suppress
from uuid import UUID

from captionacc_contracts.events import Event
from captionacc_contracts.work.flows import FlowName, flow_of
from captionacc_contracts.work.jobs import JobKind
from captionacc_supabase.session import Session


class FlowNames:
    """Flow names of one stream, cached per job, since a progress event names only its job."""

    def __init__(self) -> None:
        self._of_job: dict[UUID, FlowName] = {}

    async def of(self, session: Session, event: Event) -> FlowName | None:
        """Return the event's flow, or ``None`` when the event belongs to no flow."""
        if event.job_id is None:
            return None
        kind = event.data.get("kind")
        if kind is None and event.job_id not in self._of_job:
            job = await session.jobs.get(event.job_id)
            kind = None if job is None else job.kind
        if kind is not None:
            # A later version of the worker may write a kind that this version does not know.
            with suppress(ValueError):
                self._of_job[event.job_id] = flow_of(JobKind(kind))
        return self._of_job.get(event.job_id)
