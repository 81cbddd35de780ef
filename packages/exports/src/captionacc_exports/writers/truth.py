"""Training truth (.truth.json): the known captions of a video, which found ones are scored by."""

from collections.abc import Sequence

import msgspec
from captionacc_contracts.api import VideoSummary
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_contracts.work.states import CaptionState

from captionacc_exports.options import ExportOptions
from captionacc_exports.visible_text import shown_text


class TrueCaption(msgspec.Struct, frozen=True, kw_only=True):
    """``end_frame`` is inclusive, as in captions.json."""

    start_frame: int
    end_frame: int
    text: str = ""


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """The known captions of a video. A truth file may have other fields too.

    Frames are frame indices. ``kind`` names the hard case that the video is for; ``crop_region`` is
    the part of the picture to look at.
    """

    captions: list[TrueCaption]
    frame_rate: int = INDICES_PER_SECOND
    frame_count: int | None = None
    kind: str = "all"
    crop_region: CropRegion | None = None


def truth_of(video: VideoSummary, captions: Sequence[CaptionView], options: ExportOptions) -> Truth:
    """The confirmed captions of one track: the one that is asked for, or the first.

    Raises:
        PermanentError: ``state_conflict``; a caption of the track is not confirmed. Truth with a
            caption missing would count a right result as wrong.
    """
    track = options.track or FIRST_TRACK
    of_track = [
        each for each in captions if each.track == track and each.state is not CaptionState.GAP
    ]
    open_ones = sum(each.state is not CaptionState.CONFIRMED for each in of_track)
    if open_ones or not of_track:
        raise PermanentError(
            ErrorCode.STATE_CONFLICT,
            f"{open_ones} of {len(of_track)} captions of track {track} are not confirmed. Confirm "
            "or delete each of them; then the captions are training truth.",
        )
    regions = [each.crop_region for each in video.tracks]
    return Truth(
        captions=[
            TrueCaption(
                start_frame=each.start_frame,
                end_frame=each.end_frame,
                text=shown_text(each.text, each.caption_ocr),
            )
            for each in sorted(of_track, key=lambda each: each.start_frame)
        ],
        frame_count=video.frame_count,
        crop_region=regions[track - FIRST_TRACK] if track <= len(regions) else None,
    )
