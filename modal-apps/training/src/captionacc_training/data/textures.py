"""Draws pictures without letters whose details have the size of letters and of their strokes.

A network takes foliage, masonry and crowds behind a caption for text most easily, and there are few
photos of them.
"""

from collections.abc import Callable, Iterator
from itertools import islice

import cv2
import numpy as np

from captionacc_training.data.footage import Luma
from captionacc_training.data.lettering import Plane

HEIGHT, WIDTH = 640, 1400
"""Pixels of a texture; like photos, it is shown at 0.25 to 0.8 of its width."""

FINEST, COARSEST = 2.0, 14.0
"""Width of the strokes in pixels of the texture: that of letters in a band at this scale."""


def textures(seed: int, count: int) -> list[Luma]:
    """Draw `count` pictures of (640, 1400) pixels. The same seed gives the same pictures."""
    rng = np.random.default_rng(seed)
    return list(islice(_drawn(rng), count))


def _drawn(rng: np.random.Generator) -> Iterator[Luma]:
    kinds: tuple[Callable[[np.random.Generator, float], Plane], ...] = (
        _grain,
        _twigs,
        _leaves,
        _masonry,
    )
    while True:
        for draw in kinds:
            stroke = float(np.exp(rng.uniform(np.log(FINEST), np.log(COARSEST))))
            yield _toned(rng, draw(rng, stroke))


def _toned(rng: np.random.Generator, pattern: Plane) -> Luma:
    """A pattern (0 to 1) as a picture: between two tones, patchy, and softened as by a lens."""
    low, high = sorted(rng.uniform(0, 255, 2))
    if high - low < 60:
        low, high = max(0.0, low - 60), min(255.0, high + 60)
    patches = _noise(rng, 120.0, 120.0)
    cover = np.clip(0.5 + patches * rng.uniform(0, 1), 0, 1) if rng.random() < 0.6 else 1.0
    picture = low + (high - low) * (0.5 + (pattern - 0.5) * cover)
    picture = picture + 20 * _noise(rng, 60.0, 60.0) * rng.random()
    soft = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), rng.uniform(0.5, 1.6))
    return np.asarray(np.clip(soft, 0, 255), np.uint8)


def _grain(rng: np.random.Generator, stroke: float) -> Plane:
    """Bark, water, gravel: noise of one wavelength with random sharpness."""
    stretch = float(rng.choice([1, 1, 2, 5]))
    along, across = (stroke * stretch, stroke) if rng.random() < 0.5 else (stroke, stroke * stretch)
    band = _noise(rng, along, across) - 0.7 * _noise(rng, 2 * along, 2 * across)
    return np.asarray(0.5 + 0.5 * np.tanh(band * rng.uniform(0.6, 4)), np.float32)


def _twigs(rng: np.random.Generator, stroke: float) -> Plane:
    """Branches, grass, cables: lines and arcs that cross at any angle."""
    plane = np.full((HEIGHT, WIDTH), rng.random() < 0.5, np.float32)
    length = stroke * rng.uniform(3, 14)
    usual = rng.uniform(0, np.pi)
    spread = rng.choice([0.25, np.pi])
    for _ in range(int(HEIGHT * WIDTH / (stroke * length) * rng.uniform(0.15, 0.6))):
        x, y = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT)
        angle = usual + rng.uniform(-spread, spread)
        tone, thickness = float(rng.random()), max(1, round(stroke * rng.uniform(0.5, 1.3)))
        if rng.random() < 0.75:
            end = (round(x + length * np.cos(angle)), round(y + length * np.sin(angle)))
            cv2.line(plane, (round(x), round(y)), end, tone, thickness, cv2.LINE_AA)
        else:
            size = (max(1, round(length / 2)), max(1, round(length * rng.uniform(0.1, 0.5))))
            first = float(rng.uniform(0, 360))
            last = first + float(rng.uniform(60, 300))
            cv2.ellipse(
                plane,
                (round(x), round(y)),
                size,
                np.degrees(angle),
                first,
                last,
                tone,
                thickness,
                cv2.LINE_AA,
            )
    return plane


def _leaves(rng: np.random.Generator, stroke: float) -> Plane:
    """Leaves, pebbles, heads of a crowd: filled shapes that overlap."""
    plane = np.full((HEIGHT, WIDTH), rng.random(), np.float32)
    size = stroke * rng.uniform(1, 3)
    corners = np.linspace(0, 2 * np.pi, int(rng.integers(3, 9)), endpoint=False)
    angular = rng.random() < 0.4
    for _ in range(int(HEIGHT * WIDTH / size**2 * rng.uniform(0.1, 0.5))):
        x, y = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT)
        long, wide = size * rng.uniform(0.5, 1.6), size * rng.uniform(0.3, 1.0)
        angle, tone = rng.uniform(0, np.pi), float(rng.random())
        if angular:
            turned = corners + angle
            points = np.stack([x + long * np.cos(turned), y + wide * np.sin(turned)], 1)
            cv2.fillPoly(plane, [points.astype(np.int32)], tone, cv2.LINE_AA)
        else:
            axes = (max(1, round(long)), max(1, round(wide)))
            cv2.ellipse(
                plane, (round(x), round(y)), axes, np.degrees(angle), 0, 360, tone, -1, cv2.LINE_AA
            )
    return plane


def _masonry(rng: np.random.Generator, stroke: float) -> Plane:
    """Bricks, windows, fences, shelves: upright rectangles in rows that are not quite regular."""
    plane = np.full((HEIGHT, WIDTH), rng.random(), np.float32)
    tall, wide = stroke * rng.uniform(2, 8), stroke * rng.uniform(1.5, 10)
    joint, loose = max(1.0, stroke * rng.uniform(0.3, 1.2)), rng.uniform(0, 0.5)
    light, spread = rng.random(), rng.uniform(0, 0.5)
    y = -tall * rng.random()
    while y < HEIGHT:
        row = tall * rng.uniform(1 - loose, 1 + loose)
        x = -wide * rng.random()
        while x < WIDTH:
            across = wide * rng.uniform(1 - loose, 1 + loose)
            if rng.random() < 0.9:
                tone = float(np.clip(light + rng.uniform(-spread, spread), 0, 1))
                corner = (round(x + across), round(y + row))
                cv2.rectangle(plane, (round(x), round(y)), corner, tone, -1)
            x += across + joint
        y += row + joint
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), rng.normal(0, 6), 1.15)
    return np.asarray(
        cv2.warpAffine(plane, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT_101), np.float32
    )


def _noise(rng: np.random.Generator, along: float, across: float) -> Plane:
    """Smooth noise of unit deviation; its details are `along` x `across` pixels."""
    size = (max(2, round(WIDTH / along)) + 1, max(2, round(HEIGHT / across)) + 1)
    coarse = rng.standard_normal((size[1], size[0])).astype(np.float32)
    plane = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(plane / max(1e-3, float(plane.std())), np.float32)
