"""The coefficients of the forecast come out of runs as they went in."""

import msgspec
import pytest
from captionacc_contracts.work.effort import EFFORT, Amount, FrameWork, ReadingWork
from captionacc_contracts.work.forecast import WHOLE_JOB

from benchmarks.main_job.effort import compared, fit
from benchmarks.main_job.measured import Run
from benchmarks.main_job.video import SIZES

TRUE = msgspec.structs.replace(
    EFFORT,
    extract_frames_and_ocr=FrameWork(
        start=2.0, per_second=0.05, per_megapixel_second=0.08, cores_busy=1.5
    ),
    crop_and_infer_caption_frame_extents=FrameWork(
        start=0.5, per_second=0.04, per_megapixel_second=0.1, cores_busy=1.5
    ),
    generate_captions_ocr=ReadingWork(
        start=1.0, per_caption=0.1, per_megapixel_caption=0.2, cores_busy=1.5
    ),
    captions_per_minute=14.0,
    other_recogniser_factor=2.5,
    overhead_seconds=3.0,
)


def made(minutes: float, rows: int, language: str = "") -> Run:
    captions = 14 * minutes
    counted = captions * (TRUE.other_recogniser_factor if language else 1.0)
    megapixels = SIZES[rows].megapixels
    amount = Amount(
        track_seconds=minutes * 60,
        megapixel_seconds=minutes * 60 * megapixels,
        captions=counted,
        megapixel_captions=counted * megapixels,
    )
    cores = {function.value: TRUE.core_seconds(function, amount) for function in WHOLE_JOB}
    calls = {name: seconds / 1.5 for name, seconds in cores.items()}
    wall = sum(calls.values()) + 3
    return Run(
        way="ours",
        minutes=minutes,
        rows=rows,
        cores=2,
        language=language,
        load=0.1,
        seconds_to_captions=wall,
        seconds=wall,
        cpu_s=sum(cores.values()),
        peak_mib=EFFORT.peak_memory_mib,
        core_seconds=cores,
        call_seconds=calls,
        captions=round(captions),
    )


RUNS = [made(1, 360), made(1, 720), made(5, 720), made(5, 1080), made(1, 720, "ru")]


def test_the_fit_finds_the_coefficients() -> None:
    found = fit(RUNS, "here", EFFORT)
    for function in WHOLE_JOB:
        long = Amount(track_seconds=600, megapixel_seconds=600, captions=99, megapixel_captions=99)
        for amount in (Amount(), long):
            expected = TRUE.core_seconds(function, amount)
            assert found.core_seconds(function, amount) == pytest.approx(expected, rel=0.01)
        assert found.cores_busy(function) == 1.5
    assert found.other_recogniser_factor == 2.5
    assert found.overhead_seconds == 3.0


def test_what_no_run_shows_stays() -> None:
    found = fit(RUNS[:4], "here", EFFORT)
    assert found.other_recogniser_factor == EFFORT.other_recogniser_factor


def test_a_run_is_compared_with_what_was_expected_of_it() -> None:
    [line] = compared([made(5, 720)], TRUE)
    assert line.startswith("5 min 720p, 2 cores")
    assert "(+0%)" in line
