"""When captions are shown: lists of start and end in seconds."""

import numpy as np

Spans = list[tuple[float, float]]


def speech(
    rng: np.random.Generator,
    first: float,
    last: float,
    *,
    shortest: float = 1.1,
    longest: float = 4.5,
) -> Spans:
    """Captions one after the other, often without a gap, sometimes with a pause."""
    spans: Spans = []
    at = first + float(rng.uniform(0.2, 1.5))
    while True:
        end = at + float(rng.uniform(shortest, longest))
        if end > last:
            return spans
        spans.append((at, end))
        choice = rng.random()
        at = end + (0.0 if choice < 0.35 else rng.uniform(0.1, 1.2 if choice < 0.85 else 6.0))


def scattered(
    rng: np.random.Generator,
    count: int,
    seconds: float,
    *,
    shortest: float = 1.5,
    longest: float = 4.0,
) -> Spans:
    """``count`` captions, one at a random time in each of as many equal parts of the video."""
    part = seconds / count
    spans: Spans = []
    for number in range(count):
        length = float(rng.uniform(shortest, longest))
        start = number * part + float(rng.uniform(0, max(0.1, part - length - 0.2)))
        spans.append((start, min(start + length, seconds)))
    return spans


def words(rng: np.random.Generator, first: float, last: float) -> Spans:
    """A word after the other, as fast as people talk."""
    spans: Spans = []
    at = first + float(rng.uniform(0.1, 0.6))
    while at < last - 0.3:
        end = min(last, at + float(rng.uniform(0.2, 0.65)))
        spans.append((at, end))
        at = end + (0.0 if rng.random() < 0.85 else float(rng.uniform(0.2, 1.5)))
    return spans


def with_one_of(rng: np.random.Generator, spans: Spans, seconds: float, until: float) -> Spans:
    """The spans with one in the middle prolonged to ``seconds``; those that it meets go."""
    start = spans[len(spans) // 3][0]
    end = min(start + seconds, until)
    kept = [span for span in spans if span[1] <= start]
    later = [span for span in spans if span[0] >= end + float(rng.uniform(0, 0.5))]
    return [*kept, (start, end), *later]
