"""Fit the coefficients of the forecast to runs: ``python -m benchmarks.main_job.effort FILE…``.

The files are results of ``python -m benchmarks.main_job --json`` over several lengths and sizes.
Writes ``effort.json`` of the contracts, and prints what it would have said about each run.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import captionacc_contracts.work.effort as contract
import msgspec
import numpy as np
from captionacc_contracts.work.effort import Effort, FrameWork, ReadingWork
from captionacc_contracts.work.forecast import WHOLE_JOB
from captionacc_contracts.work.functions import FunctionName

from benchmarks.main_job.measured import Results, Run
from benchmarks.main_job.video import SIZES

# What a run itself leaves in the load average that the next run begins with.
_OWN_LOAD = 2.0
TARGET = Path(contract.__file__).with_name("effort.json")
_EXTRACT, _CROP, _READ = WHOLE_JOB


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.main_job.effort")
    parser.add_argument("results", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    read = [msgspec.json.decode(path.read_bytes(), type=Results) for path in arguments.results]
    runs = [run for results in read for run in results.runs if run.way == "ours" and run.minutes]
    machine = read[0].machine
    fitted = fit(
        runs,
        f"{machine.cores} cores, {machine.processor}, {datetime.now(UTC):%Y-%m-%d}",
        contract.EFFORT,
    )
    text = msgspec.json.format(msgspec.json.encode(fitted)).decode()
    print(text)
    print("\n".join(compared(runs, fitted)))
    if any(run.load > machine.cores + _OWN_LOAD for run in runs):
        print("The machine was busy: cores_busy and overhead_seconds are wrong. Measure again.")
    if not arguments.dry_run:
        TARGET.write_text(text + "\n")
        print(f"Written to {TARGET}.")
    return 0


def fit(runs: Sequence[Run], measured: str, before: Effort) -> Effort:
    """The coefficients that fit the runs best; each run counts by its relative error.

    What no run shows stays as ``before``: the factor of other recognisers needs runs in such a
    language.
    """
    usual = [run for run in runs if not run.language]
    alone = [run for run in usual if run.videos == 1]
    start, caption, pixel = _fitted(
        usual,
        _READ,
        lambda run: [1.0, float(run.captions), run.captions * SIZES[run.rows].megapixels],
    )
    reading = ReadingWork(
        start=start,
        per_caption=caption,
        per_megapixel_caption=pixel,
        cores_busy=_busy(alone, _READ),
    )
    others = [
        (run.core_seconds[_READ] - start)
        / (run.captions * (caption + pixel * SIZES[run.rows].megapixels))
        for run in runs
        if run.language and run.captions and _READ in run.core_seconds
    ]
    return Effort(
        measured=measured,
        extract_frames_and_ocr=_frame_work(usual, alone, _EXTRACT),
        crop_and_infer_caption_frame_extents=_frame_work(usual, alone, _CROP),
        generate_captions_ocr=reading,
        other_recogniser_factor=(
            round(float(np.median(others)), 2) if others else before.other_recogniser_factor
        ),
        captions_per_minute=round(
            sum(run.captions for run in usual) / sum(run.minutes for run in usual), 1
        ),
        peak_memory_mib=round(float(np.median([run.peak_mib for run in usual]))),
        overhead_seconds=round(float(np.median([_outside(run) for run in alone])), 1),
    )


def compared(runs: Sequence[Run], effort: Effort) -> list[str]:
    """What the coefficients say of each run, beside what it took."""
    lines = []
    for run in runs:
        megapixels = SIZES[run.rows].megapixels
        factor = effort.other_recogniser_factor if run.language else 1.0
        captions = run.minutes * effort.captions_per_minute * factor
        amount = contract.Amount(
            track_seconds=run.minutes * 60,
            megapixel_seconds=run.minutes * 60 * megapixels,
            captions=captions,
            megapixel_captions=captions * megapixels,
        )
        expected = sum(effort.core_seconds(function, amount) for function in WHOLE_JOB)
        actual = sum(run.core_seconds.values())
        lines.append(
            f"{run.what}: {actual:.1f} core seconds, expected {expected:.1f}"
            f" ({expected / actual - 1:+.0%}), load {run.load}"
        )
    return lines


def _frame_work(runs: Sequence[Run], alone: Sequence[Run], function: FunctionName) -> FrameWork:
    start, second, pixel = _fitted(
        runs,
        function,
        lambda run: [1.0, run.minutes * 60, run.minutes * 60 * SIZES[run.rows].megapixels],
    )
    return FrameWork(
        start=start,
        per_second=second,
        per_megapixel_second=pixel,
        cores_busy=_busy(alone, function),
    )


def _outside(run: Run) -> float:
    """Wall seconds until the captions that no call accounts for."""
    return run.seconds_to_captions - sum(run.call_seconds.values())


def _busy(runs: Sequence[Run], function: FunctionName) -> float:
    """Cores that a call keeps busy; the longest video says it best."""
    run = max(runs, key=lambda run: run.minutes)
    return round(run.core_seconds[function] / run.call_seconds[function], 2)


def _fitted(
    runs: Sequence[Run], function: FunctionName, row_of: Callable[[Run], list[float]]
) -> list[float]:
    """Least squares of relative errors; a coefficient below 0 is left out as 0."""
    known = [run for run in runs if run.core_seconds.get(function)]
    actual = np.array([run.core_seconds[function] for run in known])
    rows = np.array([row_of(run) for run in known]) / actual[:, None]
    used = list(range(rows.shape[1]))
    while True:
        found, *_ = np.linalg.lstsq(rows[:, used], np.ones(len(known)), rcond=None)
        if (found >= 0).all() or len(used) == 1:
            break
        used.remove(used[int(found.argmin())])
    coefficients = [0.0] * rows.shape[1]
    for place, value in zip(used, found, strict=True):
        coefficients[place] = round(float(value), 4)
    return coefficients


if __name__ == "__main__":
    sys.exit(main())
