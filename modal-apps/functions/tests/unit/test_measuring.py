"""The seconds of a call's stages."""

import time

from captionacc_modal.measuring import StageClock


def test_time_in_which_stages_overlap_counts_once() -> None:
    clock = StageClock()
    started = time.monotonic()
    ocr = clock.stage("ocr")
    ocr.__enter__()
    with clock.stage("median"):
        time.sleep(0.02)
    ocr.__exit__(None, None, None)
    with clock.stage("median"):
        time.sleep(0.02)
    passed = time.monotonic() - started
    assert clock.seconds["ocr"] >= 0.02
    assert clock.seconds["median"] >= 0.02
    assert sum(clock.seconds.values()) <= passed


def test_what_outlasts_the_first_of_two_stages_counts_as_its_own() -> None:
    clock = StageClock()
    first, second = clock.stage("ocr"), clock.stage("median")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    time.sleep(0.02)
    second.__exit__(None, None, None)
    assert clock.seconds["median"] >= 0.02


def test_processor_seconds_count_only_within_stages_and_once_where_stages_overlap() -> None:
    clock = StageClock()

    def work(seconds: float) -> None:
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass

    work(0.05)
    with clock.stage("ocr"), clock.stage("median"):
        work(0.02)
    work(0.05)
    assert 0.02 <= clock.measured().cpu_seconds < 0.04
