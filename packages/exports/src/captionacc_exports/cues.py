"""Chooses the captions of an export and makes cues of them."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
from captionacc_contracts.api import VideoSummary
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.work.states import CaptionState

from captionacc_exports.cue import Cue, CuePlace
from captionacc_exports.cue_places import places_of
from captionacc_exports.options import ExportOptions
from captionacc_exports.visible_text import EMPTY_TEXT, shown_text, visible_lines

C = TypeVar("C", bound=CaptionView)


def chosen(captions: Iterable[C], options: ExportOptions) -> list[C]:
    """The captions that the options ask for, by time; gaps are among them when asked for."""
    return sorted(
        (caption for caption in captions if _is_chosen(caption, options)),
        key=lambda each: (each.start_frame, each.track),
    )


def _is_chosen(caption: CaptionView, options: ExportOptions) -> bool:
    if options.track not in (None, caption.track):
        return False
    if caption.state is CaptionState.GAP:
        return options.gaps
    if options.drop_empty and not visible_lines(shown_text(caption.text, caption.caption_ocr)):
        return False
    return caption.state is CaptionState.CONFIRMED or not options.only_confirmed


def cues_of(
    video: VideoSummary, captions: Iterable[CaptionView], options: ExportOptions
) -> list[Cue]:
    """The cues of a subtitle file, by time: one per caption, where its track is on screen.

    A person's text wins over OCR text. A caption whose text a person emptied is left out.
    """
    places = places_of(video.tracks, video.suggested_tracks)
    made = []
    for caption in chosen(captions, msgspec.structs.replace(options, gaps=False)):
        # OCR that reads nothing leaves an empty text too: such a caption must stay visible.
        if caption.text == "" and caption.caption_ocr != "":
            continue
        made.append(
            Cue(
                start_seconds=caption.start_seconds + options.offset_seconds,
                end_seconds=caption.end_seconds + options.offset_seconds,
                text=shown_text(caption.text, caption.caption_ocr),
                place=places.get(caption.track, CuePlace.BOTTOM),
                track=caption.track,
            )
        )
    return in_order(made)


def in_order(cues: Sequence[Cue]) -> list[Cue]:
    """The cues by time, with text that fits into a cue; a cue without text gets ``EMPTY_TEXT``."""
    return [
        msgspec.structs.replace(cue, text=visible_lines(cue.text) or EMPTY_TEXT)
        for cue in sorted(cues, key=lambda each: (each.start_seconds, each.end_seconds))
    ]
