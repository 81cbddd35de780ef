from datetime import UTC, datetime, timedelta
from uuid import UUID

from captionacc_contracts.work.priority import RankCandidate, RankRequest
from captionacc_priority.ranking import rank
from captionacc_priority.scoring import aged_score
from captionacc_priority.settings import PrioritySettings
from hypothesis import given, settings
from hypothesis import strategies as st

POLICY = PrioritySettings().policy()
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def job(
    number: int,
    *,
    tenant: int = 1,
    static_score: float = 50,
    waited_hours: float = 0,
    ageing: bool = True,
) -> RankCandidate:
    return RankCandidate(
        job_id=UUID(int=number),
        tenant_id=UUID(int=tenant),
        static_score=static_score,
        ageing=ageing,
        requested_at=NOW - timedelta(hours=waited_hours),
    )


def order(*jobs: RankCandidate, in_progress: dict[int, int] | None = None) -> list[int]:
    counts = {str(UUID(int=tenant)): count for tenant, count in (in_progress or {}).items()}
    request = RankRequest(candidates=list(jobs), in_progress=counts)
    return [ranked.job_id.int for ranked in rank(POLICY, request, NOW).ranked]


def test_the_highest_score_goes_first() -> None:
    assert order(
        job(1, tenant=1, static_score=50),
        job(2, tenant=2, static_score=90),
        job(3, tenant=3, static_score=70),
    ) == [2, 3, 1]


def test_twenty_minutes_of_waiting_decide_though_the_shown_priority_is_equal() -> None:
    assert order(job(1, tenant=1, waited_hours=1.0), job(2, tenant=2, waited_hours=1.1)) == [2, 1]


def test_ties_go_to_the_oldest_then_to_the_smaller_id() -> None:
    assert order(
        job(3, tenant=3, static_score=90, waited_hours=8),
        job(2, tenant=2, static_score=90, waited_hours=9),
        job(1, tenant=1, static_score=90, waited_hours=8),
    ) == [2, 1, 3]


def test_each_job_in_progress_costs_its_tenant_points() -> None:
    premium, free = job(1, tenant=1, static_score=70), job(2, tenant=2, static_score=50)
    assert order(premium, free, in_progress={1: 3}) == [1, 2]
    assert order(premium, free, in_progress={1: 5}) == [2, 1]


def test_fair_share_is_applied_one_job_at_a_time() -> None:
    big = [job(number, tenant=1, static_score=60) for number in (1, 2, 3, 4)]
    assert order(*big, job(9, tenant=2, static_score=52)) == [1, 2, 9, 3, 4]


def test_an_overdue_job_of_an_idle_tenant_goes_before_any_fresh_one() -> None:
    assert order(
        job(1, tenant=1, static_score=95, waited_hours=8),
        job(2, tenant=2, static_score=50, waited_hours=25),
        job(3, tenant=3, static_score=50, waited_hours=25, ageing=False),
    ) == [2, 1, 3]


def test_a_tenant_with_a_pile_of_overdue_jobs_does_not_take_every_slot() -> None:
    pile = [job(number, tenant=1, waited_hours=30) for number in range(1, 6)]
    assert order(*pile, job(9, tenant=2, static_score=90)) == [1, 2, 3, 9, 4, 5]


CANDIDATES = st.lists(
    st.builds(
        job,
        st.integers(0, 10_000),
        tenant=st.integers(0, 4),
        static_score=st.sampled_from([0.0, 50.0, 55.0, 70.0, 75.0, 90.0, 95.0]),
        waited_hours=st.floats(0, 60).map(lambda hours: round(hours, 1)),
        ageing=st.booleans(),
    ),
    max_size=30,
    unique_by=lambda candidate: candidate.job_id,
)
COUNTS = st.dictionaries(st.integers(0, 4), st.integers(0, 20))


def simple_order(jobs: list[RankCandidate], counts: dict[int, int]) -> list[int]:
    """The rule as it is said: give one slot, count it, look at everybody again."""
    left, running, chosen = list(jobs), dict(counts), []
    while left:
        best = min(
            left,
            key=lambda item: (
                -(
                    aged_score(
                        POLICY,
                        static_score=item.static_score,
                        ageing=item.ageing,
                        requested_at=item.requested_at,
                        now=NOW,
                    )
                    - POLICY.fair_share_penalty * running.get(item.tenant_id.int, 0)
                ),
                item.requested_at,
                item.job_id,
            ),
        )
        left.remove(best)
        running[best.tenant_id.int] = running.get(best.tenant_id.int, 0) + 1
        chosen.append(best.job_id.int)
    return chosen


@given(CANDIDATES, COUNTS)
def test_order_equals_giving_slots_one_by_one(
    jobs: list[RankCandidate], counts: dict[int, int]
) -> None:
    assert order(*jobs, in_progress=counts) == simple_order(jobs, counts)


@given(CANDIDATES, COUNTS, st.randoms(use_true_random=False))
def test_order_does_not_depend_on_the_order_of_the_list(
    jobs: list[RankCandidate], counts: dict[int, int], random: object
) -> None:
    shuffled = list(jobs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert order(*shuffled, in_progress=counts) == order(*jobs, in_progress=counts)


@given(CANDIDATES, COUNTS)
@settings(max_examples=50)
def test_the_heads_of_each_tenant_decide_the_first_place(
    jobs: list[RankCandidate], counts: dict[int, int]
) -> None:
    heads: dict[tuple[UUID, float, bool], RankCandidate] = {}
    for candidate in sorted(jobs, key=lambda item: (item.requested_at, item.job_id)):
        key = (candidate.tenant_id, candidate.static_score, candidate.ageing)
        heads.setdefault(key, candidate)
    whole = order(*jobs, in_progress=counts)
    assert order(*heads.values(), in_progress=counts)[:1] == whole[:1]
