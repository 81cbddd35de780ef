from captionacc_testkit.chaos.ledger import Line, Word, completed, overpaid
from captionacc_testkit.chaos.plan import plan_of

DIGEST = "d" * 64


def lines(*words: tuple[Word, int]) -> list[Line]:
    return [Line(word=word, digest=DIGEST, pid=pid) for word, pid in words]


def test_a_call_that_failed_or_was_killed_may_be_started_again() -> None:
    told = lines(
        (Word.START, 1), (Word.FAIL, 1), (Word.START, 2), (Word.KILLED, 2), (Word.START, 3),
        (Word.END, 3), (Word.FOUND, 4),
    )  # fmt: skip
    assert overpaid(told) == []
    assert completed(told) == {DIGEST}


def test_a_second_start_is_paid_for_twice_beside_the_first_and_after_its_end() -> None:
    assert overpaid(lines((Word.START, 1), (Word.START, 2)))
    assert overpaid(lines((Word.START, 1), (Word.END, 1), (Word.START, 2)))


def test_a_kill_that_came_too_late_excuses_nothing() -> None:
    told = lines((Word.START, 1), (Word.END, 1), (Word.KILLED, 1), (Word.START, 2))
    assert overpaid(told)


def test_a_seed_always_stands_for_the_same_plan() -> None:
    assert plan_of(7) == plan_of(7)
    assert plan_of(7) != plan_of(8)
