from datetime import UTC, datetime, timedelta

import pytest
from captionacc_contracts.work.priority import ScoreRequest
from captionacc_contracts.work.tiers import BASE_SCORE, Tier
from captionacc_priority.scoring import score
from captionacc_priority.settings import PrioritySettings
from hypothesis import given
from hypothesis import strategies as st

POLICY = PrioritySettings().policy()
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def request(
    tier: Tier = Tier.FREE,
    *,
    waited_hours: float = 0,
    size_bytes: int | None = None,
    ageing: bool = True,
    base_override: float | None = None,
) -> ScoreRequest:
    return ScoreRequest(
        tier=tier,
        requested_at=NOW - timedelta(hours=waited_hours),
        size_bytes=size_bytes,
        ageing=ageing,
        base_override=base_override,
    )


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (request(), 50),
        (request(Tier.PREMIUM), 70),
        (request(Tier.ENTERPRISE), 90),
        (request(size_bytes=49_999_999), 55),
        (request(size_bytes=50_000_000), 50),
        (request(size_bytes=0), 50),
        (request(waited_hours=1.25), 52.5),
        (request(waited_hours=10), 70),
        (request(waited_hours=23), 70),
        (request(waited_hours=24), 70),
        (request(waited_hours=24.01), 100),
        (request(waited_hours=1000, ageing=False), 50),
        (request(waited_hours=-3), 50),
        (request(Tier.ENTERPRISE, waited_hours=9, size_bytes=1), 100),
        (request(base_override=10), 10),
        (request(Tier.ENTERPRISE, base_override=0, ageing=False), 0),
    ],
)
def test_score_follows_the_policy(asked: ScoreRequest, expected: float) -> None:
    assert score(POLICY, asked, NOW).score == pytest.approx(expected)


def test_score_shows_its_parts() -> None:
    got = score(POLICY, request(Tier.PREMIUM, waited_hours=1.3, size_bytes=1000), NOW)
    assert (got.base, got.size_bonus, got.static_score) == (70, 5, 75)
    assert got.ageing_bonus == pytest.approx(2.6)
    assert got.priority == 78
    assert not got.overdue


def test_the_clock_of_the_request_wins() -> None:
    asked = ScoreRequest(tier=Tier.FREE, requested_at=NOW, now=NOW + timedelta(hours=2))
    assert score(POLICY, asked, NOW).score == pytest.approx(54)


HOURS = st.floats(-10, 2000)
SIZES = st.none() | st.integers(0, 10**12)


@given(st.sampled_from(Tier), HOURS, SIZES, st.booleans(), st.none() | st.floats(0, 100))
def test_score_stays_in_range_and_never_below_its_static_part(
    tier: Tier, waited: float, size: int | None, ageing: bool, override: float | None
) -> None:
    got = score(
        POLICY,
        request(tier, waited_hours=waited, size_bytes=size, ageing=ageing, base_override=override),
        NOW,
    )
    assert 0 <= got.static_score <= got.score <= 100
    assert got.priority == round(got.score)
    if not ageing:
        assert got.score == got.static_score


@given(st.sampled_from(Tier), HOURS, HOURS, SIZES)
def test_waiting_longer_never_lowers_a_score(
    tier: Tier, one: float, other: float, size: int | None
) -> None:
    shorter, longer = sorted((one, other))
    assert (
        score(POLICY, request(tier, waited_hours=shorter, size_bytes=size), NOW).score
        <= score(POLICY, request(tier, waited_hours=longer, size_bytes=size), NOW).score
    )


def test_defaults_are_those_of_the_contract() -> None:
    assert POLICY.base_scores == dict(BASE_SCORE)
