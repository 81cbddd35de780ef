"""From scores to captions: the best path, and second looks at what it found."""

import numpy as np
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from numpy.typing import NDArray

from captionacc_extents.decoding.changes import merge, rejoin, split
from captionacc_extents.decoding.confidence import probability
from captionacc_extents.decoding.ends import sharpen, trim
from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.sequence import (
    Decoding,
    Path,
    Posterior,
    best_path,
    emissions,
    posterior,
)
from captionacc_extents.reading.scores import FrameScores

BRIEF = 4
CLEAR_IF_BRIEF = 3.5
"""A caption of fewer frames than the first is only believed with a mean presence of the second."""

LONG = 8
FAR_FAINTER = 4.5
"""A faint caption is believed for how it differs from one that it touches if it has as many frames
as the first, and its presence is not below the other's by the second."""


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
    found = rejoin(found, scores, decoding)
    found = merge(found, scores, decoding)
    found = split(found, scores, decoding)
    found = doubted(found, scores, decoding)
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


def doubted(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Leave out what never looks much like a caption, unless it comes and goes at once.

    Where much of the video would be left out its captions are faint, and all stay.
    """
    clear = [caption for i, caption in enumerate(found) if _is_clear(found, i, scores, decoding)]
    faint = sum(item.end - item.start for item in found) - sum(c.end - c.start for c in clear)
    return found if faint > decoding.faint_share * len(scores) else clear


def _is_clear(found: list[Found], i: int, scores: FrameScores, decoding: Decoding) -> bool:
    caption = found[i]
    presence = scores.presence[caption.start : caption.end].mean()
    if presence >= decoding.least_presence:
        return True
    if caption.end - caption.start < BRIEF and presence < CLEAR_IF_BRIEF:
        return False
    return _least_step(found, i, scores) >= decoding.least_step


def _least_step(found: list[Found], i: int, scores: FrameScores) -> float:
    """How sudden the more gradual of a caption's ends within the video is.

    That is the step of its presence; where a caption of some length touches another, of which the
    presence says little, the logit of their being different if that is more. But what is far
    fainter than that other one is likely the picture under a gap.
    """
    caption, presence, different = found[i], scores.presence, scores.different[0]
    long = caption.end - caption.start >= LONG
    steps = []
    if caption.start > 0:
        step = presence[caption.start] - presence[caption.start - 1]
        touches = i > 0 and found[i - 1].end == caption.start
        steps.append(_step(step, different[caption.start], beside=long and touches))
    if caption.end < len(presence):
        step = presence[caption.end - 1] - presence[caption.end]
        touches = i + 1 < len(found) and found[i + 1].start == caption.end
        steps.append(_step(step, different[caption.end], beside=long and touches))
    return min(steps, default=0.0)


def _step(step: float, different: float, *, beside: bool) -> float:
    return float(np.fmax(step, different) if beside and step > -FAR_FAINTER else step)


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


def _around(chances: NDArray[np.float64], at: int) -> float:
    return float(min(1.0, chances[max(0, at - 1) : at + 2].sum()))


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
