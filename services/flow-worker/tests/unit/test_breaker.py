"""When a service counts as away, and how often it is probed."""

from captionacc_flow_worker.outages.breaker import Breaker, Pauses, State
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

PAUSES = Pauses(first_s=1, factor=2, longest_s=30, steady_s=60)
JITTER = st.floats(0, 1, exclude_max=True)


def test_a_failure_opens_and_a_probe_that_succeeds_closes() -> None:
    away = Breaker(pauses=PAUSES).tripped(100, "refused", 0.99)

    assert away.is_away
    assert (away.since, away.reason) == (100, "refused")
    assert not away.is_due(100.5)
    assert away.is_due(101)
    assert not away.probing().closed(102).is_away


def test_a_second_failure_does_not_delay_the_probe() -> None:
    away = Breaker(pauses=PAUSES).tripped(100, "refused", 0.5)

    assert away.tripped(100.6, "refused again", 0.99) == away


def test_the_pauses_go_on_growing_after_a_short_return() -> None:
    away = Breaker(pauses=PAUSES).tripped(0, "refused", 0.99)
    now = 0.0
    for _ in range(4):
        now = away.next_probe_at
        away = away.probing().still_away(now, "refused", 0.99)
    back = away.probing().closed(now + 1)

    soon = back.tripped(now + 2, "refused", 0.99)
    later = back.tripped(now + 2 + PAUSES.steady_s, "refused", 0.99)

    assert soon.next_probe_at - (now + 2) > 15
    assert later.next_probe_at - (now + 2 + PAUSES.steady_s) <= PAUSES.first_s


@given(st.integers(0, 10_000), JITTER)
def test_every_pause_is_within_its_bounds(probe: int, jitter: float) -> None:
    pause = PAUSES.before(probe, jitter)

    assert PAUSES.first_s / 2 <= pause <= PAUSES.longest_s
    assert pause <= PAUSES.before(probe + 1, jitter)


class Outage(RuleBasedStateMachine):
    """Any order of failures, probes and returns, at any times."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker(pauses=PAUSES)
        self.now = 0.0
        self.under_way = 0

    @rule(seconds=st.floats(0, 100))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(jitter=JITTER)
    def job_fails(self, jitter: float) -> None:
        before = self.breaker
        self.breaker = before.tripped(self.now, "failed", jitter)
        assert self.breaker.is_away
        if before.is_away:
            assert self.breaker == before

    @precondition(lambda self: self.breaker.is_due(self.now))
    @rule()
    def probe_begins(self) -> None:
        self.breaker = self.breaker.probing()
        self.under_way += 1

    @precondition(lambda self: self.under_way)
    @rule(jitter=JITTER)
    def probe_fails(self, jitter: float) -> None:
        self.under_way -= 1
        self.breaker = self.breaker.still_away(self.now, "probe failed", jitter)
        assert self.breaker.is_away
        assert self.breaker.next_probe_at > self.now

    @precondition(lambda self: self.under_way)
    @rule()
    def probe_succeeds(self) -> None:
        self.under_way -= 1
        self.breaker = self.breaker.closed(self.now)
        assert self.breaker.state is State.CLOSED

    @invariant()
    def one_probe_at_a_time(self) -> None:
        assert self.under_way == (self.breaker.state is State.PROBING)

    @invariant()
    def an_outage_has_a_beginning_and_a_reason(self) -> None:
        if self.breaker.is_away:
            assert self.breaker.since is not None
            assert self.breaker.since <= self.now
            assert self.breaker.reason
        else:
            assert self.breaker.since is None

    @invariant()
    def a_probe_comes_soon(self) -> None:
        if self.breaker.state is State.OPEN:
            assert self.breaker.next_probe_at <= self.now + PAUSES.longest_s
            assert self.breaker.is_due(self.breaker.next_probe_at)


TestOutage = Outage.TestCase
