import threading

import pytest
from captionacc_media.cropping.bounded_stage import BoundedStage


def test_items_are_consumed_in_order_in_another_thread() -> None:
    seen: list[int] = []
    threads: set[int] = set()

    def consume(item: int) -> None:
        seen.append(item)
        threads.add(threading.get_ident())

    with BoundedStage("test", consume, capacity=2) as stage:
        for number in range(100):
            stage.put(number)
    assert seen == list(range(100))
    assert threads.isdisjoint({threading.get_ident()})


def test_the_queue_never_holds_more_than_its_capacity() -> None:
    release = threading.Event()
    consumed = 0
    put = 0

    def consume(item: int) -> None:
        nonlocal consumed
        release.wait(10)
        consumed += 1

    def fill(stage: BoundedStage[int]) -> None:
        nonlocal put
        for number in range(20):
            stage.put(number)
            put += 1

    with BoundedStage("test", consume, capacity=3) as stage:
        filler = threading.Thread(target=fill, args=(stage,))
        filler.start()
        filler.join(0.2)
        assert filler.is_alive()
        assert put <= 4
        release.set()
        filler.join(10)
    assert consumed == 20


def test_a_failing_consumer_stops_the_producer() -> None:
    def consume(item: int) -> None:
        if item == 3:
            raise ZeroDivisionError

    put: list[int] = []

    def produce() -> None:
        with BoundedStage("test", consume, capacity=1) as stage:
            for number in range(1000):
                stage.put(number)
                put.append(number)

    with pytest.raises(ZeroDivisionError):
        produce()
    assert put == list(range(len(put)))
    assert len(put) < 1000


def test_the_last_item_may_fail_too() -> None:
    def consume(item: int) -> None:
        raise ZeroDivisionError

    with (
        pytest.raises(ZeroDivisionError),
        BoundedStage("test", consume, capacity=1) as stage,
    ):
        stage.put(1)


def test_a_failing_producer_drops_what_waits_and_leaves_no_thread() -> None:
    before = threading.active_count()
    slow = threading.Event()
    seen: list[int] = []

    def consume(item: int) -> None:
        slow.wait(0.01)
        seen.append(item)

    def produce() -> None:
        with BoundedStage("test", consume, capacity=1000) as stage:
            for number in range(1000):
                stage.put(number)
            raise KeyError

    with pytest.raises(KeyError):
        produce()
    assert len(seen) < 1000
    assert threading.active_count() == before
