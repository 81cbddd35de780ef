"""Which region to search for a text that a note is about. Pure."""

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import Note, WritingDirection, direction_of
from captionacc_exports.writers.captions_json import CaptionsFile

from captionacc_cli.results.notes import covers, is_about_place

_MARGIN = 0.5
"""Room above and below a piece of text, in heights of the text: captions may have another line."""
_USUAL_SIDES = (0.05, 0.95)
"""Between these shares of the width, or of the height of vertical text, there is room for longer
captions in the same line."""


def crop_of(note: Note, found: CaptionsFile) -> CropRegion | None:
    """The region to search for the text of a note; None when the note is about no place.

    It is the runner-up that holds the text, or else the line of the text, because other captions
    may be longer than the text that was seen.
    """
    if note.region is None or not is_about_place(note):
        return None
    for track in found.runner_up_tracks:
        if covers(track.crop_region, note.region):
            return track.crop_region
    # The width and the height are null only for a video that was never opened.
    return _line_of(note.region, found.width or 1, found.height or 1)


def crop_option(region: CropRegion) -> str:
    """The option of the command that searches ``region``."""
    edges = (region.crop_left, region.crop_top, region.crop_right, region.crop_bottom)
    return "--crop " + ",".join(f"{edge:.3f}".rstrip("0").rstrip(".") for edge in edges)


def _line_of(text: CropRegion, width: int, height: int) -> CropRegion:
    across = (text.crop_left, text.crop_right)
    down = (text.crop_top, text.crop_bottom)
    if direction_of(text, width=width, height=height) is WritingDirection.VERTICAL:
        across, down = _roomy(*across), _long(*down)
    else:
        across, down = _long(*across), _roomy(*down)
    return CropRegion(
        crop_left=across[0], crop_right=across[1], crop_top=down[0], crop_bottom=down[1]
    )


def _long(start: float, end: float) -> tuple[float, float]:
    return min(start, _USUAL_SIDES[0]), max(end, _USUAL_SIDES[1])


def _roomy(start: float, end: float) -> tuple[float, float]:
    room = _MARGIN * (end - start)
    return max(0.0, start - room), min(1.0, end + room)
