"""How well the extraction finds the places of captions: ``python -m benchmarks.layout``."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from benchmarks.layout.drawing.sources import SPLITS
from benchmarks.layout.extraction import extract_all
from benchmarks.layout.figures import Case, Figure, KindFigures, case, figures
from benchmarks.layout.kinds import KINDS, ON_REQUEST
from benchmarks.layout.truth import read_truth

BASELINE = Path(__file__).parent / "baseline.json"
"""The figures on the tuning split of the code that suggested one crop region."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a run writes: the figures by kind, and for each video what was found and how well."""

    split: str
    figures: dict[str, KindFigures]
    videos: dict[str, str]


def main() -> None:
    """Print a line per video and the table of all kinds. A stopped run sums up what it has."""
    arguments = _arguments()
    truths = {
        path.with_suffix(".mp4"): truth
        for path in sorted(arguments.folder.glob(f"{arguments.split}-*.json"))
        if (truth := read_truth(path)).kind in (arguments.kinds or KINDS | ON_REQUEST)
    }
    videos = list(truths)[: arguments.videos]
    if not videos:
        raise SystemExit(
            f"There are no videos of the split {arguments.split} in {arguments.folder}. "
            "Draw them: python -m benchmarks.layout.generate"
        )
    extractions = extract_all(videos, arguments.processes, with_ocr=not arguments.without_ocr)
    cases: list[Case] = []
    try:
        for video, extraction in zip(videos, extractions, strict=True):
            cases.append(case(truths[video], extraction.regions, extraction.processor_seconds))
            print(f"{len(cases)}/{len(videos)} {video.name}: {_outcome(cases[-1])}", flush=True)
    except KeyboardInterrupt:
        print("Stopped. The figures are those of the videos measured so far.")
    by_kind = figures(cases)
    _print_table(by_kind, _read_baseline(arguments.baseline))
    if arguments.out is not None:
        outcomes = {f"{each.truth.number} {each.truth.kind}": _outcome(each) for each in cases}
        report = Report(split=arguments.split, figures=by_kind, videos=outcomes)
        arguments.out.write_bytes(
            msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layout")
    parser.add_argument("--folder", type=Path, required=True, help="folder of the drawn videos")
    parser.add_argument("--split", choices=SPLITS, default="tune")
    parser.add_argument(
        "--kinds", nargs="*", choices=[*KINDS, *ON_REQUEST], help="measure these kinds alone"
    )
    parser.add_argument("--videos", type=int, help="measure at most this many videos")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, help="file for the figures, as JSON")
    parser.add_argument("--baseline", type=Path, default=BASELINE, help="figures to print beside")
    parser.add_argument(
        "--without-ocr", action="store_true", help="read nothing: the same tracks, in half the time"
    )
    return parser.parse_args()


def _read_baseline(path: Path) -> dict[str, KindFigures]:
    if not path.exists():
        return {}
    return msgspec.json.decode(path.read_bytes(), type=Report).figures


def _outcome(measured: Case) -> str:
    """What became of each track, and how many regions hold none."""
    parts = [
        f"{track.name} found, {track.height_ratio:.1f} times as high"
        if track.height_ratio is not None
        else f"{track.name} missed, {track.held:.2f} held"
        for track in measured.score.tracks
    ]
    if measured.score.false_regions:
        parts.append(f"{measured.score.false_regions} false")
    return "; ".join(parts) or "nothing found"


def _print_table(found: Mapping[str, KindFigures], baseline: Mapping[str, KindFigures]) -> None:
    print(f"\n{'':34} {'tracks found':>27} {'videos with a false one':>27}  region / text")
    print(
        f"{'kind':20} {'videos':>6} {'tracks':>6} {'now':>19} {'before':>7} {'now':>19}"
        f" {'before':>7} {'height':>7} {'area':>6} {'s/min':>6}"
    )
    for kind, each in found.items():
        before = baseline.get(kind)
        was_found = before.found if before else None
        was_false = before.with_false_region if before else None
        print(
            f"{kind:20} {each.videos:6} {each.tracks:6} {_interval(each.found):>19}"
            f" {_value(was_found):>7} {_interval(each.with_false_region):>19}"
            f" {_value(was_false):>7} {_number(each.height_ratio):>7}"
            f" {_number(each.area_ratio):>6} {each.seconds_per_minute:6.1f}"
        )
    standing = [each.standing_found for each in found.values() if each.standing_found is not None]
    if standing:
        print(f"Tracks that stay for the whole video and were found: {standing[0]:.2f}")


def _interval(figure: Figure | None) -> str:
    return "-" if figure is None else f"{figure.value:.3f} [{figure.low:.2f}, {figure.high:.2f}]"


def _value(figure: Figure | None) -> str:
    return "-" if figure is None else f"{figure.value:.3f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


if __name__ == "__main__":
    main()
