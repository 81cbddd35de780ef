"""Second looks at decoded captions: merge, split at slow changes, and trim fades."""

from dataclasses import dataclass, replace

import numpy as np
from captionacc_contracts.extents import CaptionExtent, ExtentKind
from numpy.typing import NDArray

from captionacc_media.extents.blending import FAR
from captionacc_media.extents.comparisons import REACH
from captionacc_media.extents.confidence import probability
from captionacc_media.extents.scores import BLEND_REACH, FrameScores
from captionacc_media.extents.sequence import (
    Decoding,
    Path,
    Posterior,
    best_path,
    emissions,
    posterior,
)

SHORTEST = 2
"""Frames of the shortest caption that a second look may leave."""

LEAVING, ARRIVED = 0.25, 0.75
"""Shares of the way that the first and the last frame of a row must not have passed."""

LARGEST_STEP_BACK = 0.1
"""A picture that turns back further on its way is moved by more than a caption."""

LONGEST_MOVE = 2

SUDDEN = 0.6
"""A change this large from one frame to the next is no fade; if it is far off, it is a cut."""

OWN_CELL = 0.3
"""Mean text share from which a cell belongs to a caption."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A caption `[start, end)` with the probabilities of its two ends."""

    start: int
    end: int
    start_probability: float
    end_probability: float


def decode(scores: FrameScores, decoding: Decoding | None = None) -> list[CaptionExtent]:
    """Captions and gaps that tile the frames, each with a confidence."""
    decoding = decoding or Decoding()
    emitted = emissions(scores, decoding)
    beliefs = posterior(emitted, decoding)
    found = _refined(captions_of(best_path(emitted, decoding), beliefs), scores, decoding)
    return tile(found, beliefs, len(scores), decoding)


def found_captions(scores: FrameScores, decoding: Decoding) -> list[Found]:
    """The captions alone, without their probabilities, which cost most of the time."""
    nothing = np.zeros(len(scores) + 1)
    unknown = Posterior(start=nothing, end=nothing, caption=nothing[1:])
    path = best_path(emissions(scores, decoding), decoding)
    return _refined(captions_of(path, unknown), scores, decoding)


def _refined(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    found = merge(found, scores, decoding)
    found = doubted(found, scores, decoding)
    found = split(found, scores, decoding)
    found = trim(found, scores, decoding)
    return sharpen(found, scores, decoding)


def captions_of(path: Path, beliefs: Posterior) -> list[Found]:
    """The captions of a path; an end's probability is that of any end within one frame."""
    count = len(path.caption)
    starts = np.flatnonzero(path.start)
    found = []
    for i, start in enumerate(starts):
        limit = starts[i + 1] if i + 1 < len(starts) else count
        blank = np.flatnonzero(~path.caption[start:limit])
        end = start + blank[0] if len(blank) else limit
        found.append(
            Found(
                start=int(start),
                end=int(end),
                start_probability=_around(beliefs.start, int(start)),
                end_probability=_around(beliefs.end, int(end)),
            )
        )
    return found


def merge(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Join touching captions whose means look the same."""
    merged: list[Found] = []
    for caption in found:
        before = merged[-1] if merged else None
        if (
            before is not None
            and before.end == caption.start
            and scores.near[caption.start] < decoding.merge_below
        ):
            merged[-1] = replace(before, end=caption.end, end_probability=caption.end_probability)
        else:
            merged.append(caption)
    return merged


def doubted(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Leave out what never looks much like a caption, unless it comes and goes at once.

    Where much of the video would be left out its captions are faint, and all stay.
    """
    clear = [
        caption
        for caption in found
        if scores.presence[caption.start : caption.end].mean() >= decoding.least_presence
        or _least_step(scores.presence, caption) >= decoding.least_step
    ]
    faint = sum(item.end - item.start for item in found) - sum(c.end - c.start for c in clear)
    return found if faint > decoding.faint_share * len(scores) else clear


def _least_step(presence: NDArray[np.float32], caption: Found) -> float:
    """By how much its presence falls at least where it begins or ends within the video."""
    steps = []
    if caption.start > 0:
        steps.append(presence[caption.start] - presence[caption.start - 1])
    if caption.end < len(presence):
        steps.append(presence[caption.end - 1] - presence[caption.end])
    return float(min(steps, default=0.0))


def split(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Part captions at changes that are too slow to show between neighbouring frames."""
    parts: list[Found] = []
    for caption in found:
        rest = caption
        for at in _peaks(scores.far, caption, decoding.split_above):
            chance = float(1 / (1 + np.exp(-scores.far[at])))
            parts.append(replace(rest, end=at, end_probability=chance))
            rest = replace(rest, start=at, start_probability=chance)
        parts.append(rest)
    return parts


def trim(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Move an end beside a blank inwards while the text is fainter than half its plateau."""
    trimmed = []
    for i, caption in enumerate(found):
        share = scores.text[caption.start : caption.end].astype(np.float32) / 255
        own = share.mean(0) > OWN_CELL
        start, end = caption.start, caption.end
        if own.any():
            mass = share[:, own].sum(1)
            faint = mass < decoding.plateau * np.median(mass)
            opens = start > 0 and (i == 0 or found[i - 1].end < start)
            closes = end < len(scores) and (i + 1 == len(found) or found[i + 1].start > end)
            if opens:
                room = max(0, end - start - SHORTEST)
                start += min(_leading(faint), decoding.plateau_reach, room)
            if closes:
                room = max(0, end - start - SHORTEST)
                end -= min(_leading(faint[::-1]), decoding.plateau_reach, room)
        trimmed.append(replace(caption, start=start, end=end))
    return trimmed


def sharpen(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Put each boundary where the picture has gone half of its way, when it stands alone."""
    moved = list(found)
    for i, caption in enumerate(moved):
        before = moved[i - 1] if i else None
        touches = before is not None and before.end == caption.start
        if touches and scores.different[0, caption.start] > decoding.abrupt:
            # A change between two frames is where the pair head says it is.
            continue
        earlier = 0 if before is None else before.start if touches else before.end
        start = _halfway(scores, caption.start, earlier, caption.end, decoding.half_begun)
        if touches and before is not None:
            moved[i - 1] = replace(before, end=start)
        moved[i] = replace(caption, start=start)
    for i, caption in enumerate(moved):
        later = moved[i + 1].start if i + 1 < len(moved) else len(scores)
        if later > caption.end:
            end = _halfway(scores, caption.end, caption.start, later, decoding.half_gone)
            moved[i] = replace(caption, end=end)
    return moved


def _halfway(scores: FrameScores, at: int, earlier: int, later: int, share: float) -> int:
    """The frame near `at` that is the first to have gone `share` of the way, or else `at`.

    The pictures that are compared must lie between the boundaries before and after.
    """
    first = at
    for _ in range(2):
        if not (at - earlier >= FAR and later - at > FAR) or at >= len(scores):
            break
        row = scores.blend[at].astype(np.float32)
        if not (np.isfinite(row).all() and row[0] < LEAVING and row[-1] > ARRIVED):
            break
        if np.diff(row).min() < -LARGEST_STEP_BACK:
            break
        place = int(np.argmax(row >= share))
        moved = at - BLEND_REACH + place
        sudden = row[place] - row[place - 1] > SUDDEN
        if moved == at or abs(moved - first) > (1 if sudden else LONGEST_MOVE):
            break
        at = moved
    return at


def tile(
    found: list[Found], beliefs: Posterior, count: int, decoding: Decoding
) -> list[CaptionExtent]:
    """Put gaps between the captions so that `[0, count)` is covered."""
    extents: list[CaptionExtent] = []
    at = 0
    for caption in found:
        if caption.start > at:
            extents.append(_gap(at, caption.start, beliefs))
        extents.append(
            CaptionExtent(
                start_frame=caption.start,
                end_frame=caption.end,
                kind=ExtentKind.CAPTION,
                confidence=probability(
                    caption.start_probability * caption.end_probability,
                    decoding.confidence_scale,
                    decoding.confidence_offset,
                ),
            )
        )
        at = caption.end
    if at < count:
        extents.append(_gap(at, count, beliefs))
    return extents


def _gap(start: int, end: int, beliefs: Posterior) -> CaptionExtent:
    empty = 1 - beliefs.caption[start:end]
    return CaptionExtent(
        start_frame=start,
        end_frame=end,
        kind=ExtentKind.GAP,
        confidence=_share(float(empty.mean())),
    )


def _peaks(far: NDArray[np.float32], caption: Found, above: float) -> list[int]:
    """The middle of each run of frames whose far look, all inside the caption, is above a limit."""
    first, last = caption.start + REACH, caption.end - REACH
    peaks = []
    k = first
    while k <= last:
        run = k
        while run <= last and far[run] > above:
            run += 1
        if run > k:
            peaks.append((k + run) // 2)
        k = max(run, k + 1)
    return peaks


def _leading(faint: NDArray[np.bool_]) -> int:
    firm = np.flatnonzero(~faint)
    return int(firm[0]) if len(firm) else 0


def _around(chances: NDArray[np.float64], at: int) -> float:
    return float(min(1.0, chances[max(0, at - 1) : at + 2].sum()))


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
