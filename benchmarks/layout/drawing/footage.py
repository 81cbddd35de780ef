"""Backgrounds in colour: shots of films and photos under a moving camera, without any text."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_training.data.footage import WITHOUT_TITLES
from PIL import Image

from benchmarks.layout.drawing.patch import Picture

WIDEST_FILM = 854
WIDEST_PHOTO = 1500
LONGEST_FILM = 400
"""Most pictures of one film, at the rate of the grid."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A stretch without a cut.

    Attributes:
        end: seconds from the start of the video.
        source: the file that the pictures are from.
        film: pictures (n, height, width, 3), or one photo.
        window: first place of the camera in the film: left, top, width, in pixels of the film.
        drift: pixels of the film that the camera moves per second.
        zoom: share by which the window grows per second.
    """

    end: float
    source: str
    film: Picture
    first: int
    window: tuple[float, float, float]
    drift: tuple[float, float]
    zoom: float
    mirrored: bool
    light: float


@dataclass
class Background:
    """The shots of a video, one after the other.

    ``rate`` is how often the footage changes per second, which decides most of the time to draw.
    """

    width: int
    height: int
    rate: float = float(INDICES_PER_SECOND)
    shots: list[Shot] = field(default_factory=list)

    def step(self, seconds: float) -> int:
        """The number of the picture that is shown."""
        return int(seconds * self.rate + 1e-6)

    def picture(self, seconds: float) -> Picture:
        at = self.step(seconds) / self.rate
        number = next(
            (n for n, shot in enumerate(self.shots) if at < shot.end), len(self.shots) - 1
        )
        shot = self.shots[number]
        passed = at - (self.shots[number - 1].end if number else 0.0)
        film = shot.film
        place = shot.first + round(passed * INDICES_PER_SECOND)
        period = max(1, 2 * len(film) - 2)
        # A film that is too short runs forward and backward.
        place = place % period
        ground = film[place if place < len(film) else period - place]
        left, top, wide = shot.window
        wide *= 1 + shot.zoom * (passed % 8)
        scale = wide / self.width
        matrix = np.array(
            [
                [scale, 0, left + shot.drift[0] * passed],
                [0, scale, top + shot.drift[1] * passed],
            ],
            np.float32,
        )
        picture = cv2.warpAffine(
            ground,
            matrix,
            (self.width, self.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        if shot.mirrored:
            picture = picture[:, ::-1]
        if shot.light != 1:
            picture = cv2.convertScaleAbs(picture, alpha=shot.light)
        return np.ascontiguousarray(picture, np.uint8)


@dataclass(frozen=True)
class Footage:
    """The films and photos of a split."""

    root: Path
    split: str

    def films(self) -> list[Path]:
        return _files(self.root / self.split / "footage", (".mp4", ".avi"))

    def photos(self) -> list[Path]:
        return _files(self.root / self.split / "photos", (".jpg", ".webp", ".png"))

    def shots(
        self,
        rng: np.random.Generator,
        background: Background,
        seconds: float,
        *,
        shot_seconds: tuple[float, float] = (2.5, 12.0),
        films: float = 0.6,
    ) -> None:
        """Fill the background with random shots; a share of ``films`` shows films."""
        at = 0.0
        while at < seconds:
            at = min(seconds, at + float(rng.uniform(*shot_seconds)))
            background.shots.append(self._shot(rng, background, at, rng.random() < films))

    def photo(self, rng: np.random.Generator) -> tuple[str, Picture]:
        photos = self.photos()
        path = photos[int(rng.integers(len(photos)))]
        return path.name, _photo(path)

    def _shot(
        self, rng: np.random.Generator, background: Background, end: float, film: bool
    ) -> Shot:
        if not film:
            name, photo = self.photo(rng)
            return camera_over(rng, background, end, name, photo)
        films = self.films()
        path = films[int(rng.integers(len(films)))]
        pictures = _film(path)
        stretches = WITHOUT_TITLES.get(path.name, ((0, len(pictures)),))
        first, last = stretches[int(rng.integers(len(stretches)))]
        pictures = pictures[first : min(last, len(pictures))]
        tall, wide = pictures.shape[1:3]
        widest = min(wide, tall * background.width / background.height)
        window = widest * float(rng.uniform(0.6, 1.0))
        shown = window * background.height / background.width
        return Shot(
            end=end,
            source=path.name,
            film=pictures,
            first=int(rng.integers(len(pictures))),
            window=(rng.uniform(0, wide - window), rng.uniform(0, max(1, tall - shown)), window),
            drift=(0.0, 0.0),
            zoom=0.0,
            mirrored=bool(rng.random() < 0.5),
            light=_light(rng),
        )


def camera_over(
    rng: np.random.Generator, background: Background, end: float, name: str, photo: Picture
) -> Shot:
    """A shot of a photo with a camera that mostly pans, and zooms a little."""
    tall, wide = photo.shape[:2]
    widest = min(wide, tall * background.width / background.height)
    window = widest * float(rng.uniform(0.45, 0.8))
    shown = window * background.height / background.width
    speed = window * (0.0 if rng.random() < 0.2 else rng.uniform(0.005, 0.06))
    angle = rng.uniform(0, 2 * np.pi)
    return Shot(
        end=end,
        source=name,
        film=photo[None],
        first=0,
        window=(
            rng.uniform(0, wide - window),
            rng.uniform(0, max(1, tall - shown)),
            window,
        ),
        drift=(float(speed * np.cos(angle)), float(speed * np.sin(angle) / 3)),
        zoom=float(rng.uniform(0, 0.03)) if speed else 0.0,
        mirrored=False,
        light=_light(rng),
    )


def _light(rng: np.random.Generator) -> float:
    choice = rng.random()
    if choice < 0.7:
        return 1.0
    return float(rng.uniform(0.3, 0.8) if choice < 0.88 else rng.uniform(1.2, 1.8))


def _files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in endings)


@lru_cache
def _film(path: Path) -> Picture:
    """The pictures of a film at the rate of the grid, read from a cache beside it."""
    cache = path.with_suffix(path.suffix + ".colour.npy")
    if not cache.exists():
        pictures: list[Picture] = []
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                if frame.time * INDICES_PER_SECOND < len(pictures):
                    continue
                picture = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                pictures.append(_at_most(picture, WIDEST_FILM))
                if len(pictures) == LONGEST_FILM:
                    break
        whole = cache.with_suffix(".part.npy")
        np.save(whole, np.stack(pictures))
        whole.rename(cache)
    loaded: Picture = np.load(cache, mmap_mode="r")
    return loaded


@lru_cache(maxsize=32)
def _photo(path: Path) -> Picture:
    picture = np.asarray(Image.open(path).convert("RGB"), np.uint8)
    return _at_most(picture, WIDEST_PHOTO)


def _at_most(picture: Picture, width: int) -> Picture:
    tall, wide = picture.shape[:2]
    if wide <= width:
        return picture
    size = (width, round(tall * width / wide))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
