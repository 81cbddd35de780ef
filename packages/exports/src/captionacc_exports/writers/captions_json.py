"""captions.json: captions with their places, times and confidences, and notes about the video."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from captionacc_contracts.api import VideoSummary
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    FIRST_TRACK,
    CropTrack,
    Note,
    SuggestedTrack,
    WritingDirection,
)
from captionacc_contracts.work.states import CaptionState

from captionacc_exports.cues import chosen
from captionacc_exports.options import ExportOptions
from captionacc_exports.visible_text import shown_text

FORMAT = 2
"""The version of the format of captions.json; raise it when a field changes its meaning."""


class Caption(msgspec.Struct, frozen=True, kw_only=True):
    """One caption.

    ``end_frame`` is inclusive. ``start_seconds`` and ``end_seconds`` are on the clock of the file,
    which players show; the caption is gone at ``end_seconds``. ``box`` is where it is on the
    screen: the crop region of its track. ``ocr_confidence`` is null when the text could not be
    read. ``language`` is the language that was asked for. ``state`` is ``gap`` for what lies
    between captions; only an export that asks for gaps has them.
    """

    start_frame: int
    end_frame: int
    text: str
    confidence: float
    ocr_confidence: float | None
    id: int
    track: int
    start_seconds: float
    end_seconds: float
    box: CropRegion | None
    language: str | None
    state: CaptionState = CaptionState.PREDICTED


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """A place on the screen that was searched; ``track`` is its number."""

    track: int
    crop_region: CropRegion
    direction: WritingDirection


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """What computed the results, by the versions that the key of a call names."""

    extents_model: str
    layout: str
    ocr_engine: str
    ocr_engine_version: str


class CaptionsFile(msgspec.Struct, frozen=True, kw_only=True):
    """The content of captions.json.

    ``frame_rate`` is the number of frame indices per second. ``width`` and ``height`` are of the
    displayed picture, in pixels; regions are shares of them. ``start_seconds`` is the time of frame
    0 on the clock of the file. ``crop_region`` is the region of the first of the ``tracks``.
    ``runner_up_tracks`` may hold captions, but probably do not, and were not searched. ``notes``
    say what a person should look at; their times are on the clock of the file. ``versions`` is null
    in an export of the API.
    """

    frame_rate: int
    frame_count: int
    crop_region: CropRegion | None
    captions: list[Caption]
    format: int
    file_name: str
    video_id: UUID
    duration_seconds: float | None
    start_seconds: float
    width: int | None
    height: int | None
    language: str | None
    tracks: list[Track]
    runner_up_tracks: list[SuggestedTrack]
    notes: list[Note]
    versions: Versions | None = None


def captions_file(
    video: VideoSummary, captions: Sequence[CaptionView], options: ExportOptions
) -> CaptionsFile:
    """The captions that the options ask for, in the order of their times, and facts of the video.

    ``captions`` is empty when no place was searched for captions.
    """
    tracks = _tracks(video)
    return CaptionsFile(
        frame_rate=INDICES_PER_SECOND,
        frame_count=video.frame_count or 0,
        crop_region=video.crop_region if video.cropped_frames_version is not None else None,
        captions=_captions(chosen(captions, options), tracks, video, options.offset_seconds),
        format=FORMAT,
        file_name=video.display_name,
        video_id=video.id,
        duration_seconds=video.duration_seconds,
        start_seconds=video.start_seconds,
        width=video.width,
        height=video.height,
        language=video.language,
        tracks=tracks,
        runner_up_tracks=video.runner_up_tracks,
        notes=video.notes,
    )


def _tracks(video: VideoSummary) -> list[Track]:
    approved = video.tracks
    if not approved and video.crop_region is not None:
        approved = [CropTrack(crop_region=video.crop_region)]
    return [
        Track(track=number, crop_region=track.crop_region, direction=track.direction)
        for number, track in enumerate(approved, start=FIRST_TRACK)
    ]


def _captions(
    views: Sequence[CaptionView], tracks: Sequence[Track], video: VideoSummary, offset_s: float
) -> list[Caption]:
    boxes = {each.track: each.crop_region for each in tracks}
    return [
        Caption(
            start_frame=view.start_frame,
            end_frame=view.end_frame,
            text=shown_text(view.text, view.caption_ocr),
            confidence=round(view.confidence, 4),
            ocr_confidence=_rounded(view.caption_ocr_confidence),
            id=view.id,
            track=view.track,
            start_seconds=round(view.start_seconds + offset_s, 3),
            end_seconds=round(view.end_seconds + offset_s, 3),
            box=boxes.get(view.track),
            language=video.language,
            state=view.state,
        )
        for view in views
    ]


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 4)
