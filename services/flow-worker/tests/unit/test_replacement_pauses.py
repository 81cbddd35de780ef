"""Killed compute processes are replaced at once, unless they go on being killed."""

from captionacc_flow_worker.compute.replacement_pauses import PAUSES, ReplacementPauses


def test_a_process_is_replaced_at_once() -> None:
    assert ReplacementPauses().next_s(0.0, 0.5) == 0.0


def test_pauses_grow_while_processes_are_killed_as_soon_as_they_wait() -> None:
    pauses, now, taken = ReplacementPauses(), 0.0, []
    for _ in range(12):
        taken.append(pauses.next_s(now, 0.999))
        now += taken[-1] + 3.0
    assert taken == sorted(taken)
    assert taken[1] < 2.1
    assert PAUSES.longest_s * 0.99 < taken[-1] <= PAUSES.longest_s


def test_a_process_that_lived_for_long_is_replaced_at_once() -> None:
    pauses, now = ReplacementPauses(), 0.0
    for _ in range(12):
        now += pauses.next_s(now, 0.5)
    assert pauses.next_s(now + PAUSES.steady_s + 1, 0.5) == 0.0
    assert 0.0 < pauses.next_s(now + PAUSES.steady_s + 2, 0.5) <= PAUSES.first_s
