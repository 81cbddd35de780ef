"""Fits the confidence of tracks to drawn videos: ``python -m benchmarks.layout.fit_confidence``.

Prints the weights that ``captionacc_layout.finding.confidence`` holds. The places of each video are
examples: a place is right when most of its texts are captions of one track. Only the fullest place
of a track counts, because the others hold what is left of its captions. The fit is a logistic
regression with a penalty on the squares of the weights, by Newton's method. It is also checked by
cross-validation over the videos.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_layout.finding.confidence import log_odds
from captionacc_layout.finding.evidence import Features, features
from captionacc_layout.finding.joining import with_whole_texts
from captionacc_layout.finding.places import Place, find_places, merged
from captionacc_layout.finding.tracks import LEAST_CONFIDENCE
from captionacc_layout.looking.appearances import Appearance
from captionacc_layout.looking.plan import looks
from captionacc_layout.looking.video_looks import Seen, VideoLooks
from captionacc_media.frames.container import open_video
from captionacc_media.frames.luma import displayed_luma
from captionacc_media.frames.seek_sampling import SeekSampler
from numpy.typing import NDArray

from benchmarks.layout.truth import Box, TrackTruth, VideoTruth, read_truth

PENALTY = 1.0
"""On standardised weights. 3 and 10 give a larger error in cross-validation. With less than 1, rare
features get weights that few examples support."""
PARTS = 10
"""Parts of the videos in cross-validation; each is judged by a fit to the others."""
STEPS = 50
WITHIN = 0.4
"""A piece of text is a caption's when this share of its box lies in the caption's box."""

Array = NDArray[np.float64]


def seen_in(video: Path) -> Seen:
    """The text of a video, as the extraction sees it when it looks evenly."""
    with open_video(video, threads=1) as source:
        sampler = SeekSampler(source)
        planned = looks(sampler.frame_count())
        wanted = sorted({index for pair in planned for index in pair})
        lumas = {index: displayed_luma(frame, source) for index, frame in sampler.at(wanted)}
        video_looks = VideoLooks(OnnxNetwork(), width=source.width, height=source.height)
        for first, second in planned:
            video_looks.add(first, lumas[first], lumas[second])
        return video_looks.finish()


def examples(path: Path) -> list[tuple[Features, bool]]:
    """The places of a video, and whether each of them is right."""
    return examples_of(seen_in(path.with_suffix(".mp4")), read_truth(path))


def examples_of(seen: Seen, truth: VideoTruth) -> list[tuple[Features, bool]]:
    """The places of what was seen in a video, and whether each of them is right.

    Standing tracks, and what is left of a track beside its fullest place, are left out.
    """
    seen = with_whole_texts(seen)
    places = merged(find_places(seen.appearances))
    owners = [_track_of(place, seen, truth) for place in places]
    fullest: dict[str, int] = {}
    for place, owner in zip(places, owners, strict=True):
        if owner is not None:
            fullest[owner.name] = max(_fullness(place), fullest.get(owner.name, 0))
    found = []
    for place, owner in zip(places, owners, strict=True):
        if owner is not None and (owner.standing or _fullness(place) < fullest[owner.name]):
            continue
        found.append((features(place, seen), owner is not None))
    return found


def _fullness(place: Place) -> int:
    return sum(each.seen for each in place.members)


def _track_of(place: Place, seen: Seen, truth: VideoTruth) -> TrackTruth | None:
    """The track that most texts of the place belong to; None if half of them belong to none."""
    owners = [_owner(each, seen, truth) for each in place.members]
    if sum(each is None for each in owners) > len(owners) / 2:
        return None
    return max((each for each in owners if each is not None), key=owners.count)


def _owner(text: Appearance, seen: Seen, truth: VideoTruth) -> TrackTruth | None:
    start = seen.times[text.first] / INDICES_PER_SECOND
    end = (seen.times[text.last] + 1) / INDICES_PER_SECOND
    box = Box(left=text.left, top=text.top, right=text.right, bottom=text.bottom)
    for track in truth.tracks:
        for caption in track.captions:
            shown = caption.start < end and start < caption.end
            if shown and box.intersection(caption.box).area >= WITHIN * box.area:
                return track
    return None


def fit(x: Array, y: Array) -> tuple[Array, float]:
    """Weights and intercept of the logistic regression of ``y`` (0 or 1) on the rows of ``x``."""
    mean, spread = x.mean(0), x.std(0) + 1e-9
    design = np.c_[(x - mean) / spread, np.ones(len(x))]
    penalty = np.diag([*[PENALTY] * x.shape[1], 1e-6])
    weights = np.zeros(design.shape[1])
    for _ in range(STEPS):
        share = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (share - y) + penalty @ weights
        curvature = (design.T * (share * (1 - share))) @ design + penalty
        weights -= np.linalg.solve(curvature, gradient)
    scaled = weights[:-1] / spread
    return scaled, float(weights[-1] - scaled @ mean)


def cross_validated(x: Array, y: Array, videos: Sequence[int]) -> Array:
    """The log odds of each example, by a fit to the examples of other videos.

    ``videos`` holds the number of each example's video.
    """
    part = np.random.default_rng(0).permutation(max(videos) + 1)[list(videos)] % PARTS
    odds = np.zeros(len(y))
    for number in range(PARTS):
        weights, intercept = fit(x[part != number], y[part != number])
        odds[part == number] = x[part == number] @ weights + intercept
    return odds


def log_loss(y: Array, odds: Array) -> float:
    """The mean of minus the logarithm of the probability that the odds give to what is true."""
    return float(np.mean(np.logaddexp(0, np.where(y > 0, -odds, odds))))


def _all_examples(
    folders: Sequence[Path], processes: int
) -> Iterator[tuple[int, list[tuple[Features, bool]]]]:
    paths = sorted(path for folder in folders for path in folder.glob("*.json"))
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for number, found in enumerate(pool.map(examples, paths)):
            print(f"{number + 1}/{len(paths)}", end="\r", flush=True)
            yield number, found


def report(rows: Sequence[tuple[int, Features, bool]]) -> None:
    """Print the weights, and how well they tell tracks from other places."""
    x = np.array([msgspec.structs.astuple(each) for _, each, _ in rows], float)
    y = np.array([right for _, _, right in rows], float)
    weights, intercept = fit(x, y)
    for name, weight in zip(Features.__struct_fields__, weights, strict=True):
        print(f"    {name}={weight:.3f},")
    print(f"_INTERCEPT = {intercept:.3f}")
    held_out = cross_validated(x, y, [number for number, _, _ in rows])
    shipped = np.array([log_odds(each) for _, each, _ in rows])
    limit = np.log(LEAST_CONFIDENCE / (1 - LEAST_CONFIDENCE))
    print(f"{len(rows)} places, of which {int(y.sum())} are tracks.")
    for name, odds in (
        ("These weights", x @ weights + intercept),
        ("Cross-validated", held_out),
        ("Today's weights", shipped),
    ):
        missed, false = ((odds < limit) & (y > 0)).sum(), ((odds >= limit) & (y == 0)).sum()
        print(f"{name}: {missed} missed, {false} false, log loss {log_loss(y, odds):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layout.fit_confidence")
    parser.add_argument(
        "--folder", type=Path, required=True, nargs="+", help="videos that are for tuning"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    report(
        [
            (number, each, right)
            for number, found in _all_examples(arguments.folder, arguments.processes)
            for each, right in found
        ]
    )


if __name__ == "__main__":
    main()
