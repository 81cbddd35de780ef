"""What one attempt shows in Prefect: its stages, lines, artifacts and end, until Prefect has it.

The attempt only writes here, which takes no time and cannot fail; :mod:`reports` sends it.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from captionacc_observability.clock import Clock, SystemClock
from captionacc_supabase.rows import Job
from prefect.client.schemas.objects import State, StateType


class Line(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    text: str
    level: int


class Stage(msgspec.Struct, kw_only=True):
    """``told`` counts how many of its two states, running and ended, Prefect has."""

    name: str
    began_at: datetime
    id: UUID = msgspec.field(default_factory=uuid4)
    ended_at: datetime | None = None
    end: StateType | None = None
    told: int = 0

    @property
    def has_news(self) -> bool:
        return self.told < (1 if self.ended_at is None else 2)


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """``data`` is what Prefect's API takes for an artifact of this type."""

    type: str
    data: Any
    key: str | None = None
    description: str | None = None


def _nothing() -> None:
    return None


class Account:
    """The account of one attempt. ``changed`` is called after each addition."""

    def __init__(self, job: Job, clock: Clock | None = None) -> None:
        self.job_id = job.id
        self.attempt = job.attempt
        self.lease_token = None if job.lease is None else job.lease.token
        self.run_id = job.flow_run_id
        self.changed: Callable[[], None] = _nothing
        self.lines: list[Line] = []
        self.stages: list[Stage] = []
        self.artifacts: list[Artifact] = []
        self.progress: Artifact | None = None
        self.bar: UUID | None = None
        """The artifact that shows the progress."""
        self.alone_since: datetime | None = None
        """When the attempt began to run without Prefect; ``None`` for a flow."""
        self.adopted = False
        """Whether Prefect shows an attempt that began without it."""
        self.end: State[Any] | None = None
        """The state of the run that Prefect does not have yet, after the attempt has ended."""
        self.failures = 0
        """How many requests in a row failed to send it."""
        self.closed = False
        """Whether nothing will be added."""
        self._clock: Clock = clock or SystemClock()

    @property
    def has_progress(self) -> bool:
        """Whether the attempt has shown how far it is."""
        return self.progress is not None or self.bar is not None

    @property
    def has_news(self) -> bool:
        """Whether there is something to tell, or to forget."""
        return (
            bool(self.lines or self.artifacts or self.progress or self.end)
            or any(stage.has_news for stage in self.stages)
            or self.closed
        )

    def enter(self, name: str) -> None:
        """Note that the stage before has ended well and that this stage begins."""
        self._end_stage(StateType.COMPLETED)
        self.stages.append(Stage(name=name, began_at=self._clock.now()))
        self.say(f"{name} began.")

    def say(self, text: str, level: int = logging.INFO) -> None:
        """Add a line to the log that people see."""
        self.lines.append(Line(at=self._clock.now(), text=text, level=level))
        self.changed()

    def show(self, artifact: Artifact) -> None:
        self.artifacts.append(artifact)
        self.changed()

    def show_progress(self, percent: float, description: str) -> None:
        self.progress = Artifact(type="progress", data=percent, description=description)
        self.changed()

    def go_alone(self) -> None:
        """Note that the attempt runs without Prefect from now on."""
        self.alone_since = self._clock.now()
        self.say("Prefect is away, so the worker runs this attempt without it.", logging.WARNING)

    def close(self, state: State[Any] | None, *, reported: bool) -> None:
        """Note how the attempt ended; ``reported`` says that the run is in this state already.

        ``state`` is ``None`` when this worker lost the job and must not touch its run any more.
        """
        kind = StateType.CRASHED if state is None else state.type
        failed = kind not in (StateType.COMPLETED, StateType.CANCELLED)
        self._end_stage(StateType.FAILED if failed else kind)
        if state is not None:
            if self.alone_since is not None:
                state = _with_note(state, self.alone_since, self._clock.now())
            self.say(
                f"{state.name}: {state.message or ''}", logging.WARNING if failed else logging.INFO
            )
            self.end = None if reported else state
        self.closed = True
        self.changed()

    def _end_stage(self, kind: StateType) -> None:
        if self.stages and self.stages[-1].ended_at is None:
            self.stages[-1].ended_at = self._clock.now()
            self.stages[-1].end = kind


def _with_note(state: State[Any], since: datetime, until: datetime) -> State[Any]:
    note = f"Ran while Prefect was away, from {since:%Y-%m-%d %H:%M:%S} to {until:%H:%M:%S} UTC."
    return state.model_copy(update={"message": f"{state.message or ''} {note}".strip()})
