"""What a seed means: tenants with their videos, and faults with their times."""

import random
from enum import StrEnum, auto
from uuid import UUID

import msgspec
from captionacc_contracts.work.tiers import Tier

from captionacc_testkit.chaos.call import BAD, STUBBORN
from captionacc_testkit.chaos.stack import CLOCKED, LEASE_S, WORKERS
from captionacc_testkit.chaos.webhooks import Mischief

# Short, so that most faults meet running jobs.
WINDOW_S = 4.0


class FaultKind(StrEnum):
    KILL = auto()
    KILL_CALL = auto()
    FREEZE = auto()
    CUT = auto()
    SLOW = auto()
    BLACK_HOLE = auto()
    BLACK_HOLE_THEN_CUT = auto()
    UNAVAILABLE = auto()
    FULL = auto()
    NO_PROGRAM = auto()
    TRUNCATED = auto()
    CLOCK = auto()
    FREEZE_CALL = auto()


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """``target`` is a process or a proxy. A killed process starts again after ``lasts_s``.

    ``FULL``: the store refuses writes. ``NO_PROGRAM``: no local call can be started.
    ``FREEZE_CALL``: the process of a call freezes; with None it never goes on.

    A truncated answer ends after ``answer_bytes``. A clock jumps by ``clock_s``, and back after
    ``lasts_s``; with None it stays wrong until the end of the run.
    """

    kind: FaultKind
    target: str
    at_s: float
    lasts_s: float | None
    answer_bytes: int = 0
    clock_s: float = 0.0


class PlannedVideo(msgspec.Struct, frozen=True, kw_only=True):
    """``approves_twice``: a second crop region soon replaces the first one."""

    id: UUID
    tenant_id: UUID
    tier: Tier
    inserted_at_s: float
    language: str | None
    approves_twice: bool
    cancelled_after_s: float | None

    @property
    def has_two_tracks(self) -> bool:
        """True of about a third of the videos, by their ids: a seed has the same other choices."""
        return self.id.int % 3 == 0

    @property
    def is_unattended(self) -> bool:
        """True of about a fifth of the videos: they go on without anybody who approves."""
        return self.id.int % 4 == 1 and not self.approves_twice


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    seed: int
    videos: list[PlannedVideo]
    faults: list[Fault]
    mischief: Mischief
    only_outages: bool = False
    """No job may end in an error except by the fault of its own video."""


# Each has a weight; processes that start slowly are killed less often.
KILLS = {
    WORKERS[0]: 4,
    WORKERS[1]: 4,
    "webhook-gateway": 3,
    "priority": 2,
    "postgres": 3,
    "prefect": 1,
    "webhook-relay": 1,
}
WAYS = ("worker-postgres", "worker-prefect", "gateway-prefect", "worker-store")
WAY_FAULTS = (
    FaultKind.CUT,
    FaultKind.SLOW,
    FaultKind.BLACK_HOLE,
    FaultKind.BLACK_HOLE_THEN_CUT,
)
STORE_FAULTS = (FaultKind.UNAVAILABLE, FaultKind.TRUNCATED)
# Longer than every lease and every time-out.
LONGEST_JUMP_S = 600.0
# The cut falls between the first header and the body of an answer.
TRUNCATED_BYTES = (40, 900)
OUTAGES = (
    (FaultKind.CUT, "worker-store"),
    (FaultKind.BLACK_HOLE, "worker-store"),
    (FaultKind.BLACK_HOLE_THEN_CUT, "worker-store"),
    (FaultKind.UNAVAILABLE, "worker-store"),
    (FaultKind.FULL, "worker-store"),
    (FaultKind.FULL, "worker-store"),
    (FaultKind.NO_PROGRAM, ""),
    (FaultKind.NO_PROGRAM, ""),
    (FaultKind.CUT, "worker-postgres"),
)
OUTAGE_S = (6.0, 18.0)
# Workers stop a call of the plans with frozen calls after this time. All other calls end within it,
# also on a busy machine.
CALL_DEADLINE_S = 20.0
FROZEN_S = (0.5, 10.0)
# So long that each stage of a video may be the one that meets an outage.
LONG_WINDOW_S = 12.0
FAULTS = {"kill": 9, "call": 3, "freeze": 2, "way": 6, "store": 4, "clock": 4, "prefect": 2}
# Longer than the worker waits before it starts jobs without Prefect, and than most videos take.
PREFECT_AWAY_S = (6.0, 20.0)


def plan_of(seed: int) -> Plan:
    """The plan of a seed; the same seed always gives the same plan."""
    chance = random.Random(seed)
    tenants = [(_uuid(chance), chance.choice(list(Tier))) for _ in range(chance.randint(1, 3))]
    return Plan(
        seed=seed,
        videos=[_video(chance, *chance.choice(tenants)) for _ in range(chance.randint(2, 4))],
        faults=sorted(
            (_fault(chance) for _ in range(chance.randint(3, 6))), key=lambda fault: fault.at_s
        ),
        mischief=Mischief(
            lost=chance.choice([0.0, 0.2, 0.5]),
            doubled=chance.choice([0.0, 0.3, 1.0]),
            longest_delay_s=chance.choice([0.0, 0.5, 2.0]),
        ),
    )


def plan_of_outages(seed: int) -> Plan:
    """A plan in which services are away for long and workers freeze, but nothing is killed.

    A lease of the stack lasts a twentieth of one in production, so an outage here stands for
    minutes.
    """
    chance = random.Random(f"outages {seed}")
    tenants = [(_uuid(chance), chance.choice(list(Tier))) for _ in range(chance.randint(1, 2))]
    videos = [_video(chance, *chance.choice(tenants)) for _ in range(chance.randint(2, 4))]
    return Plan(
        seed=seed,
        # A stubborn video may end in an error by itself, which would hide an error by an outage.
        videos=_without(videos, STUBBORN),
        faults=sorted(
            [
                *(_outage(chance) for _ in range(chance.randint(1, 3))),
                *(_freeze(chance) for _ in range(chance.choice([0, 0, 1]))),
            ],
            key=lambda fault: fault.at_s,
        ),
        mischief=Mischief(lost=0.0, doubled=0.0, longest_delay_s=0.5),
        only_outages=True,
    )


def plan_of_frozen_calls(seed: int) -> Plan:
    """A plan in which processes of calls freeze, for a while or for good.

    In some plans a worker is killed too, so that another worker meets the frozen call.
    """
    chance = random.Random(f"frozen calls {seed}")
    tenants = [(_uuid(chance), chance.choice(list(Tier))) for _ in range(chance.randint(1, 2))]
    videos = [_video(chance, *chance.choice(tenants)) for _ in range(chance.randint(2, 4))]
    faults = [_frozen_call(chance) for _ in range(chance.randint(1, 3))]
    if chance.random() < 0.5:
        faults.append(
            Fault(
                kind=FaultKind.KILL,
                target=chance.choice(WORKERS),
                at_s=chance.uniform(0.2, LONG_WINDOW_S),
                lasts_s=chance.uniform(0.2, 2.5),
            )
        )
    return Plan(
        seed=seed,
        # Two freezes in a row end a job too, so no video may have an error of its own.
        videos=_without(videos, STUBBORN, BAD),
        faults=sorted(faults, key=lambda fault: fault.at_s),
        mischief=Mischief(lost=0.0, doubled=0.0, longest_delay_s=0.5),
    )


def _frozen_call(chance: random.Random) -> Fault:
    return Fault(
        kind=FaultKind.FREEZE_CALL,
        target="",
        at_s=chance.uniform(0.2, LONG_WINDOW_S),
        lasts_s=chance.choice([None, None, chance.uniform(*FROZEN_S)]),
    )


def _without(videos: list[PlannedVideo], *languages: str) -> list[PlannedVideo]:
    return [
        msgspec.structs.replace(video, language=None) if video.language in languages else video
        for video in videos
    ]


def _outage(chance: random.Random) -> Fault:
    kind, target = chance.choice(OUTAGES)
    return Fault(
        kind=kind,
        target=target,
        at_s=chance.uniform(0.2, LONG_WINDOW_S),
        lasts_s=chance.uniform(*OUTAGE_S),
    )


def _freeze(chance: random.Random) -> Fault:
    return Fault(
        kind=FaultKind.FREEZE,
        target=chance.choice(WORKERS),
        at_s=chance.uniform(0.2, LONG_WINDOW_S),
        lasts_s=LEASE_S + 1.5,
    )


def _video(chance: random.Random, tenant_id: UUID, tier: Tier) -> PlannedVideo:
    return PlannedVideo(
        id=_uuid(chance),
        tenant_id=tenant_id,
        tier=tier,
        inserted_at_s=chance.uniform(0, WINDOW_S / 2),
        language=chance.choices([None, "zh", BAD, STUBBORN], [6, 2, 1, 1])[0],
        approves_twice=chance.random() < 0.25,
        cancelled_after_s=chance.uniform(0.5, WINDOW_S) if chance.random() < 0.12 else None,
    )


def _fault(chance: random.Random) -> Fault:
    at_s = chance.uniform(0.2, WINDOW_S)
    lasts_s = chance.uniform(0.2, 2.5)
    match chance.choices(list(FAULTS), list(FAULTS.values()))[0]:
        case "kill":
            target = chance.choices(list(KILLS), list(KILLS.values()))[0]
            return Fault(kind=FaultKind.KILL, target=target, at_s=at_s, lasts_s=lasts_s / 2)
        case "call":
            return Fault(kind=FaultKind.KILL_CALL, target="", at_s=at_s, lasts_s=0)
        case "freeze":
            target = chance.choice(WORKERS)
            lasts_s = LEASE_S + 1.5
            return Fault(kind=FaultKind.FREEZE, target=target, at_s=at_s, lasts_s=lasts_s)
        case "way":
            kind, target = chance.choice(WAY_FAULTS), chance.choice(WAYS)
            return Fault(kind=kind, target=target, at_s=at_s, lasts_s=lasts_s)
        case "prefect":
            # A killed server is away until it has started; a frozen one leaves connections open.
            kind = chance.choice([FaultKind.KILL, FaultKind.FREEZE])
            lasts_s = chance.uniform(*PREFECT_AWAY_S)
            return Fault(kind=kind, target="prefect", at_s=at_s, lasts_s=lasts_s)
        case "clock":
            return Fault(
                kind=FaultKind.CLOCK,
                target=chance.choice(CLOCKED),
                at_s=at_s,
                lasts_s=chance.choice([lasts_s, None]),
                clock_s=chance.choice([-1, 1]) * chance.uniform(60, LONGEST_JUMP_S),
            )
        case _:
            return Fault(
                kind=chance.choice(STORE_FAULTS),
                target="worker-store",
                at_s=at_s,
                lasts_s=lasts_s,
                answer_bytes=chance.randint(*TRUNCATED_BYTES),
            )


def _uuid(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
