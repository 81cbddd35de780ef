"""What operators allow in Prefect: limits and pauses of the work pool, its queues and the flows."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from captionacc_contracts.work.flows import FlowName, flow_of, work_queue
from captionacc_contracts.work.jobs import JobKind
from captionacc_supabase.rows import RunningJobs


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What may start now: the kinds of jobs, except those in full queues."""

    kinds: frozenset[JobKind] = frozenset(JobKind)
    full_queues: frozenset[str] = frozenset()

    def takes(self, kind: JobKind, queue: str) -> bool:
        """Whether a job of this kind in this queue may start."""
        return kind in self.kinds and queue not in self.full_queues


class OperatorLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The most jobs that may run at a time. A pause is a limit of zero.

    ``pool`` is ``None``, and a queue or a flow is left out, if it has no limit.
    """

    pool: int | None = None
    queues: Mapping[str, int] = {}
    flows: Mapping[FlowName, int] = {}

    def __bool__(self) -> bool:
        """Whether anything has a limit."""
        return self.pool is not None or bool(self.queues) or bool(self.flows)

    def room(self, running: Sequence[RunningJobs]) -> Room:
        """What may start beside the jobs that run now on all workers."""
        if self.pool is not None and sum(some.count for some in running) >= self.pool:
            return Room(kinds=frozenset())
        in_queue: Counter[str] = Counter()
        in_flow: Counter[FlowName] = Counter()
        for some in running:
            in_queue[work_queue(some.static_score, ageing=some.ageing)] += some.count
            in_flow[flow_of(some.kind)] += some.count
        return Room(
            kinds=frozenset(
                kind
                for kind in JobKind
                if flow_of(kind) not in self.flows
                or in_flow[flow_of(kind)] < self.flows[flow_of(kind)]
            ),
            full_queues=frozenset(
                name for name, limit in self.queues.items() if in_queue[name] >= limit
            ),
        )
