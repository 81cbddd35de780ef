"""The clips on disk: several processes write them in shards, and memory maps read them."""

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from captionacc_training.data.clips import FRAMES, make_clip
from captionacc_training.data.footage import Luma, Scenery, load_scenery
from captionacc_training.data.lettering import Lettering, load_lettering
from captionacc_training.data.sources import TRAINING
from captionacc_training.data.textures import textures

SHARD = 500
"""Clips per shard."""

TEXTURES = 60
"""Number of drawn textures; the training split has about 40 photos beside them."""

TEXTURES_SEED = 1

FIELDS = {
    "bands": (FRAMES, 64, 512),
    "strokes": (3, 32, 256),
    "alpha": (FRAMES, 2),
    "kind": (),
}


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """All clips. The first axis of each field is the clip; see `Clip` for the others."""

    shards: tuple[dict[str, Luma], ...]

    def __len__(self) -> int:
        return len(self.shards) * SHARD

    def take(self, indices: NDArray[np.int64]) -> dict[str, Luma]:
        return {
            name: np.stack([self.shards[i // SHARD][name][i % SHARD] for i in indices])
            for name in FIELDS
        }


def make_dataset(root: Path, clips: int, seed: int, processes: int) -> None:
    """Write the missing shards below `root/clips`; whole shards are kept."""
    folder = root / "clips"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [i for i in range(-(-clips // SHARD)) if not _done(folder, i)]
    if missing:
        load_scenery(root, TRAINING)  # decodes the films once for all processes
    with ProcessPoolExecutor(processes) as pool:
        for index in pool.map(_write_shard, [(root, i, seed) for i in missing]):
            print(f"shard {index} written", flush=True)


def open_dataset(root: Path) -> Dataset:
    """Map the finished shards into memory.

    Raises:
        RuntimeError: there is no finished shard.
    """
    folder = root / "clips"
    count = 0
    while _done(folder, count):
        count += 1
    if not count:
        raise RuntimeError(f"There are no clips in {folder}. Run the data command first.")
    return Dataset(
        shards=tuple(
            {name: np.load(folder / f"{index:03}-{name}.npy", mmap_mode="r") for name in FIELDS}
            for index in range(count)
        )
    )


def _done(folder: Path, index: int) -> bool:
    return (folder / f"{index:03}-kind.npy").exists()


@cache
def _sources(root: Path) -> tuple[Scenery, Lettering]:
    found = load_scenery(root, TRAINING)
    scenery = Scenery(films=found.films, photos=found.photos + textures(TEXTURES_SEED, TEXTURES))
    return scenery, load_lettering(root, TRAINING)


def _write_shard(task: tuple[Path, int, int]) -> int:
    root, index, seed = task
    scenery, lettering = _sources(root)
    arrays = {name: np.empty((SHARD, *shape), np.uint8) for name, shape in FIELDS.items()}
    for k in range(SHARD):
        clip = make_clip(seed * 1_000_003 + index * SHARD + k, scenery, lettering)
        for name in FIELDS:
            arrays[name][k] = getattr(clip, name)
    # The kind is written last: its file says that the shard is complete.
    for name, array in arrays.items():
        path = root / "clips" / f"{index:03}-{name}.npy"
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, array)
        os.replace(part, path)  # noqa: PTH105
    return index
