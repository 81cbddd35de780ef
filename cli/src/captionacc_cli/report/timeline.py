"""The times and places of captions: the report's timeline, a row per track, and the regions."""

from collections.abc import Sequence
from html import escape

from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_exports.writers.captions_json import Caption, CaptionsFile, Track

from captionacc_cli.results.clock import clock

# In the units of the drawing, which are pixels of its height.
_EDGE, _ROW, _SPACE = 8, 30, 6
_MARKS = 6
# Shown by the script, without which they do nothing.
_ZOOM = (
    '<p class="zoom" hidden>'
    '<button type="button" data-zoom="out" aria-label="Zoom out">&minus;</button>'
    '<button type="button" data-zoom="in" aria-label="Zoom in">+</button>'
    '<button type="button" data-zoom="all">All</button></p>'
)


def timeline_card(captions: CaptionsFile) -> str:
    """When captions show, in tenths of a second on the clock of the file."""
    count = max(captions.frame_count, 1)
    first = captions.start_seconds * INDICES_PER_SECOND
    rows = max(len(captions.tracks), 1)
    height = 2 * _EDGE + rows * _ROW + (rows - 1) * _SPACE
    bars = "".join(_bar(caption, first) for caption in captions.captions)
    marks = "".join(
        f"<span>{clock(captions.start_seconds + count / INDICES_PER_SECOND * step / _MARKS)}</span>"
        for step in range(_MARKS + 1)
    )
    heading = "Timeline: a row per track" if rows > 1 else "Timeline"
    return (
        f'<section class="card timeline-card"><h2>{heading}</h2>{_ZOOM}'
        '<div class="window" tabindex="0" role="region" aria-label="Timeline"><div class="length">'
        f'<svg class="timeline" style="height:{height}px" data-rate="{INDICES_PER_SECOND}" '
        f'viewBox="{first:g} 0 {count} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="Times at which captions show">'
        f'<rect class="ground" x="{first:g}" y="4" width="{count}" height="{height - 8}"></rect>'
        f'{bars}<line x1="{first:g}" x2="{first:g}" y1="0" y2="{height}"></line></svg>'
        f'<div class="scale">{marks}</div></div></div></section>'
    )


def _bar(caption: Caption, first: float) -> str:
    length = caption.end_frame + 1 - caption.start_frame
    top = _EDGE + (caption.track - FIRST_TRACK) * (_ROW + _SPACE)
    return (
        f'<rect class="caption" data-start="{caption.start_seconds}" '
        f'x="{first + caption.start_frame:g}" y="{top}" height="{_ROW}" '
        f'width="{length}">'
        f"<title>{escape(span(caption))} {escape(caption.text)}</title></rect>"
    )


def region_boxes(tracks: Sequence[Track]) -> str:
    """The crop regions as boxes over a picture, with the numbers of the tracks if there are many.

    A single region also darkens the rest of the picture.
    """
    several = len(tracks) > 1
    kind = "" if several else ' class="only"'
    return "".join(
        f"<i{kind} "
        f'style="left:{track.crop_region.crop_left:.4%};top:{track.crop_region.crop_top:.4%};'
        f"width:{track.crop_region.crop_right - track.crop_region.crop_left:.4%};"
        f'height:{track.crop_region.crop_bottom - track.crop_region.crop_top:.4%}">'
        f"{track.track if several else ''}</i>"
        for track in tracks
    )


def span(caption: Caption) -> str:
    """From when until when a caption shows."""
    return f"{clock(caption.start_seconds)} to {clock(caption.end_seconds)}"
