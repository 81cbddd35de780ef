"""Measure the main job on real-like video: ``python -m benchmarks.main_job``.

It goes through the stack of this checkout, and with ``--base`` of another one in turn; beside it,
the same video goes through the plan's recipe and through RapidVideOCR where it is installed.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import msgspec

from benchmarks.main_job import plan_recipe, rapid_video_ocr
from benchmarks.main_job.checkout import Checkout
from benchmarks.main_job.measured import Results, Run, Skipped, machine, table
from benchmarks.main_job.plots import draw
from benchmarks.main_job.video import DIFFERENT_MINUTES, SIZES, Clip, Drawn, drawn

HERE = Path(__file__).resolve().parents[2]
VIDEOS = Path("~/.cache/captionacc/bench-videos").expanduser()
_TOGETHER = 6
# Seconds on two idle cores per minute of video, for what is said beforehand.
_OUR_S, _BASE_S, _PLAN_S, _DRAW_S = 7.0, 17.0, 45.0, 40.0
_STACK_S = 70.0

A = TypeVar("A")
T = TypeVar("T")
Way = Callable[[Clip], Run | Skipped]


def main() -> int:
    arguments = _arguments()
    if not arguments.video:
        different = len(arguments.rows) * min(DIFFERENT_MINUTES, max(arguments.minutes))
        print(
            f"Drawing takes at most {different * _DRAW_S:.0f} s; what is in {VIDEOS} stays.",
            flush=True,
        )
    clips = list(_clips(arguments))
    print(_beforehand(arguments, clips), flush=True)
    runs: list[Run] = []
    skipped: dict[str, Skipped] = {}
    for one in _measured(arguments, clips):
        if isinstance(one, Skipped):
            skipped[one.way] = one
            continue
        runs.append(one)
        print(_line(one), file=sys.stderr, flush=True)
        if arguments.json is not None:
            # After each run: hours of measuring are not lost when a later run fails.
            results = Results(machine=machine(), runs=runs, skipped=list(skipped.values()))
            arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    results = Results(machine=machine(), runs=runs, skipped=list(skipped.values()))
    print(table(results))
    if arguments.plots is not None:
        print("\n".join(str(path) for path in draw(results, arguments.plots)))
    return 0


def _measured(arguments: argparse.Namespace, clips: Sequence[Clip]) -> Iterator[Run | Skipped]:
    """All runs of all rounds. The ways take turns, so that a change of the machine meets all."""
    with tempfile.TemporaryDirectory(prefix="captionacc-bench-home-") as folder:
        checkouts = list(_checkouts(arguments, Path(folder)))
        for _ in range(arguments.rounds):
            for checkout in checkouts:
                yield from _through(checkout, clips, arguments)
            for way in _others(arguments):
                yield from (_apart(way, clip) for clip in clips)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.main_job", description=__doc__)
    parser.add_argument("--minutes", type=int, nargs="+", default=[1], help="lengths; default: 1")
    parser.add_argument(
        "--rows", type=int, nargs="+", choices=SIZES, default=[720], help="sizes; default: 720"
    )
    parser.add_argument("--rounds", type=int, default=3, help="default: 3, for a median")
    parser.add_argument("--base", type=Path, help="another checkout, set up, to measure in turn")
    parser.add_argument(
        "--video", type=Path, nargs="+", default=[], help="files in place of drawn videos"
    )
    parser.add_argument(
        "--together",
        type=int,
        nargs="?",
        const=_TOGETHER,
        default=0,
        help=f"also this many of the first video at once; {_TOGETHER} without a number",
    )
    parser.add_argument(
        "--cores", type=int, nargs="+", help="numbers of cores to give to us; default: all"
    )
    parser.add_argument(
        "--language", nargs="+", default=[], help="also with captions said to be in these languages"
    )
    parser.add_argument("--alone", action="store_true", help="leave the other ways out")
    parser.add_argument("--json", type=Path, help="file to write the results to")
    parser.add_argument("--plots", type=Path, help="folder to draw plots into")
    return parser.parse_args()


def _clips(arguments: argparse.Namespace) -> Iterable[Clip]:
    if arguments.video:
        for path in arguments.video:
            yield _given(path)
        return
    print("drawing the videos that are missing", file=sys.stderr, flush=True)
    for rows in arguments.rows:
        for minutes in arguments.minutes:
            yield Clip(video=drawn(VIDEOS, minutes=minutes, rows=rows), minutes=minutes, rows=rows)


def _given(path: Path) -> Clip:
    """A file of the user, with the truth file beside it if there is one."""
    from captionacc_media.frames.container import open_video

    with open_video(path) as source:
        return Clip(
            video=Drawn(video=path, truth=path.with_suffix(".truth.json")),
            minutes=round(source.duration_seconds / 60, 2),
            rows=source.height,
        )


def _apart(work: Callable[[A], T], argument: A) -> T:
    """The result of work in a process of its own, whose memory and time are its alone."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, argument).result()


def _checkouts(arguments: argparse.Namespace, homes: Path) -> Iterable[Checkout]:
    for cores in arguments.cores or [machine().cores]:
        yield Checkout(name="ours", root=HERE, home=homes / f"ours-{cores}", cores=cores)
    if arguments.base is not None:
        root = arguments.base.resolve()
        yield Checkout(name="base", root=root, home=homes / "base", cores=machine().cores)


def _through(
    checkout: Checkout, clips: Sequence[Clip], arguments: argparse.Namespace
) -> Iterator[Run]:
    with checkout.stack() as start:
        yield start
        for language in ("", *arguments.language):
            for clip in clips:
                yield checkout.run(clip, language=language)
        if arguments.together:
            yield checkout.run(clips[0], videos=arguments.together)


def _others(arguments: argparse.Namespace) -> list[Way]:
    if arguments.alone:
        return []
    return [plan_recipe.measure, rapid_video_ocr.measure]


def _line(run: Run) -> str:
    return (
        f"{run.way}, {run.what}: {run.seconds_to_captions:.1f} s to captions, {run.seconds:.1f} s"
        f" in all, {run.cpu_s:.1f} s of processors, load {run.load}"
    )


def _beforehand(arguments: argparse.Namespace, clips: Sequence[Clip]) -> str:
    """How long it takes on two idle cores."""
    minutes = sum(clip.minutes for clip in clips) + arguments.together * clips[0].minutes
    seconds = _STACK_S + minutes * _OUR_S
    if arguments.base is not None:
        seconds += _STACK_S + minutes * _BASE_S
    if not arguments.alone:
        seconds += sum(clip.minutes for clip in clips) * _PLAN_S
    return (
        f"{arguments.rounds} rounds of {len(clips)} videos take about"
        f" {arguments.rounds * seconds / 60:.0f} min on two idle cores."
    )


if __name__ == "__main__":
    sys.exit(main())
