"""Draws the videos of a split: ``python -m benchmarks.layout.generate --split tune``."""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from captionacc_training.data.sources import fetch_sources

from benchmarks.layout.drawing.sources import PACKAGES, SPLITS
from benchmarks.layout.encoding import encode
from benchmarks.layout.kinds import KINDS, ON_REQUEST, Kind
from benchmarks.layout.scene import Scene
from benchmarks.layout.truth import VideoTruth, write_truth

FRAME_RATES = (15, 15, 24, 25, 25, 30)
FOOTAGE_RATES = (5.0, 5.0, 10.0)
SLOW_FRAME_RATE, SLOW_FOOTAGE_RATE = 10, 1.0
RENDERERS = ("pillow", "libass")
SEEDS = {"tune": 71_000, "test": 81_000}
"""Seeds of the splits. The test splits of the seeds 72,000, 73,000, 81,000 to 81,500 and 82,000 to
82,500 were looked at."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which videos to draw: the split of the sources, the seed, the kinds, and where they go."""

    sources: Path
    split: str
    seed: int
    kinds: tuple[str, ...]
    folder: Path


def draw_video(order: Order, number: int) -> Path:
    """Draw video ``number`` of an order and its truth; a video that is there is kept.

    The kinds take turns, so that a smaller number of videos has as many of each. The same seed,
    kinds and number give the same video.
    """
    split, name = order.split, order.kinds[number % len(order.kinds)]
    path = order.folder / f"{split}-{number:03}-{name}.mp4"
    beside = path.with_suffix(".json")
    if beside.exists():
        return path
    kind = (KINDS | ON_REQUEST)[name]
    rng = np.random.default_rng([order.seed, number])
    scene = _scene(rng, kind, order, number)
    scene.background.rate = SLOW_FOOTAGE_RATE if kind.slow else float(rng.choice(FOOTAGE_RATES))
    if not kind.own_footage:
        shots = (8.0, 40.0) if kind.slow else (2.5, 12.0)
        scene.footage.shots(
            rng,
            scene.background,
            scene.seconds,
            shot_seconds=shots,
            films=0.1 if kind.slow else 0.6,
        )
    kind.draw(scene)
    rate = SLOW_FRAME_RATE if kind.slow else int(rng.choice(FRAME_RATES))
    encode(path, scene.background, scene.layers, seconds=scene.seconds, frame_rate=rate, rng=rng)
    truth = VideoTruth(
        split=split,
        kind=name,
        number=number,
        renderer=scene.renderer,
        width=scene.width,
        height=scene.height,
        frame_rate=rate,
        seconds=scene.seconds,
        footage=sorted({shot.source for shot in scene.background.shots}),
        fonts=sorted(scene.fonts),
        tracks=scene.tracks,
        distractors=scene.distractors,
    )
    write_truth(beside, truth)
    return path


def _scene(rng: np.random.Generator, kind: Kind, order: Order, number: int) -> Scene:
    weights = np.array([weight for *_, weight in kind.seconds], float)
    low, high, _ = kind.seconds[rng.choice(len(weights), p=weights / weights.sum())]
    width, height = kind.canvases[int(rng.integers(len(kind.canvases)))]
    return Scene(
        rng=rng,
        width=width,
        height=height,
        seconds=round(float(rng.uniform(low, high)), 1),
        # The renderers take turns within each kind.
        renderer=RENDERERS[number // len(order.kinds) % len(RENDERERS)],
        sources=order.sources,
        split=order.split,
    )


def _start_worker() -> None:
    cv2.setNumThreads(1)


def draw_all(order: Order, videos: int, processes: int) -> None:
    """Draw the first ``videos`` of an order in several processes."""
    order.folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start_worker
    ) as pool:
        waiting = [pool.submit(draw_video, order, number) for number in range(videos)]
        for done, each in enumerate(waiting, 1):
            print(f"{done}/{videos} {each.result().name}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layout.generate")
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--videos", type=int, default=150)
    parser.add_argument("--seed", type=int, help="default: the seed of the split")
    parser.add_argument(
        "--kinds",
        nargs="*",
        choices=[*KINDS, *ON_REQUEST],
        help="draw these kinds alone, in turn",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the videos")
    parser.add_argument(
        "--sources", type=Path, help="folder of the downloads (default: sources beside OUT)"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    sources = arguments.sources or arguments.out.parent / "sources"
    fetch_sources(sources, PACKAGES)
    order = Order(
        sources=sources,
        split=arguments.split,
        seed=SEEDS[arguments.split] if arguments.seed is None else arguments.seed,
        kinds=tuple(arguments.kinds or KINDS),
        folder=arguments.out,
    )
    draw_all(order, arguments.videos, arguments.processes)


if __name__ == "__main__":
    main()
