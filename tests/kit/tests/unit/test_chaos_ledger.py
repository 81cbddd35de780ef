from captionacc_testkit.chaos.call import BAD, STUBBORN
from captionacc_testkit.chaos.ledger import (
    UNKNOWN,
    Line,
    Word,
    at_work,
    begun_anew,
    completed,
    overpaid,
)
from captionacc_testkit.chaos.plan import (
    KILLS,
    WAYS,
    FaultKind,
    plan_of,
    plan_of_frozen_calls,
    plan_of_outages,
)
from captionacc_testkit.chaos.stack import CLOCKED

DIGEST = "d" * 64
PLANS = (plan_of, plan_of_outages, plan_of_frozen_calls)


def lines(*words: tuple[Word, int]) -> list[Line]:
    return [Line(word=word, digest=DIGEST, pid=pid) for word, pid in words]


def test_a_call_that_failed_or_was_killed_may_be_started_again() -> None:
    noted = lines(
        (Word.START, 1), (Word.FAIL, 1), (Word.START, 2), (Word.KILLED, 2), (Word.START, 3),
        (Word.END, 3), (Word.FOUND, 4),
    )  # fmt: skip
    assert overpaid(noted) == []
    assert completed(noted) == {DIGEST}


def test_a_second_start_is_paid_twice() -> None:
    assert overpaid(lines((Word.START, 1), (Word.START, 2)))
    assert overpaid(lines((Word.START, 1), (Word.END, 1), (Word.START, 2)))


def test_a_kill_after_the_end_does_not_excuse_a_second_start() -> None:
    noted = lines((Word.START, 1), (Word.END, 1), (Word.KILLED, 1), (Word.START, 2))
    assert overpaid(noted)


def test_work_whose_process_froze_may_begin_anew_once_per_freeze() -> None:
    anew = lines(
        (Word.START, 1), (Word.FROZEN, 1), (Word.START, 2), (Word.END, 2)
    )  # fmt: skip
    assert overpaid(anew) == []
    assert begun_anew(anew) == {UNKNOWN: 1}
    assert [bool(at_work(anew[:number])) for number in range(5)] == [
        False, True, False, True, False,
    ]  # fmt: skip

    thawed = lines((Word.START, 1), (Word.FROZEN, 1), (Word.END, 1))
    assert overpaid(thawed) == []
    assert not begun_anew(thawed)

    assert overpaid([*anew[:3], *lines((Word.START, 3))])
    assert overpaid([*anew, *lines((Word.END, 1))])


def test_a_seed_always_gives_the_same_plan() -> None:
    assert plan_of(7) == plan_of(7)
    assert plan_of(7) != plan_of(8)


def test_two_hundred_seeds_draw_every_fault_on_every_target_and_every_kind_of_video() -> None:
    plans = [plan(seed) for seed in range(1, 201) for plan in PLANS]
    kinds = {fault.kind for plan in plans for fault in plan.faults}
    targets = {fault.target for plan in plans for fault in plan.faults}
    languages = {video.language for plan in plans for video in plan.videos}
    assert kinds == set(FaultKind)
    assert targets >= {*KILLS, *WAYS, *CLOCKED}
    assert languages == {None, "zh", BAD, STUBBORN}
