"""captions.json: the captions that a run found, and what a person should look at."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from captionacc_contracts.api import CaptionList, VideoView
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.frame_index import seconds as seconds_at
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    FIRST_TRACK,
    CropTrack,
    Note,
    SuggestedTrack,
    WritingDirection,
)
from captionacc_contracts.subtitles import shown_text
from captionacc_contracts.work.states import CaptionState
from captionacc_contracts.work.versions import (
    EXTENTS_MODEL_VERSION,
    LAYOUT_VERSION,
    OCR_ENGINE_VERSIONS,
    OcrEngineName,
)

from captionacc_cli.results.notes import TimedCaption, notes_of

FORMAT = 2
"""The version of the format of captions.json; raise it when a field changes its meaning."""


class Caption(msgspec.Struct, frozen=True, kw_only=True):
    """One caption.

    ``end_frame`` is inclusive. ``start_seconds`` and ``end_seconds`` are on the clock of the file,
    which players show; the caption is gone at ``end_seconds``. ``box`` is where it is on the
    screen: the crop region of its track. ``ocr_confidence`` is null when the text could not be
    read. ``language`` is the language that was asked for.
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
    say what a person should look at; their times are on the clock of the file.
    """

    frame_rate: int | float
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
    versions: Versions


def captions_file(
    video: VideoView, found: CaptionList | None, engine: OcrEngineName
) -> CaptionsFile:
    """The captions without the gaps, in the order of their times.

    Args:
        video: the video.
        found: its captions; None when no place was searched for captions.
        engine: the OCR engine that read the text.
    """
    tracks = _tracks([] if found is None else found.tracks, video.crop_region)
    start_s = video.start_seconds
    regions = {each.track: each.crop_region for each in tracks}
    captions = [] if found is None else _captions(found.captions, regions, video)
    rate = INDICES_PER_SECOND if found is None else found.frame_rate
    return CaptionsFile(
        frame_rate=int(rate) if rate == int(rate) else rate,
        frame_count=(video.frame_count or 0) if found is None else found.frame_count,
        crop_region=None if found is None else found.crop_region,
        captions=captions,
        format=FORMAT,
        file_name=video.display_name,
        video_id=video.id,
        duration_seconds=video.duration_seconds,
        start_seconds=start_s,
        width=video.width,
        height=video.height,
        language=video.language,
        tracks=tracks,
        runner_up_tracks=video.runner_up_tracks,
        notes=notes_of(
            [_on_the_files_clock(note, start_s) for note in video.notes],
            [_timed(caption) for caption in captions],
            video.runner_up_tracks,
            list(regions.values()),
        ),
        versions=Versions(
            extents_model=EXTENTS_MODEL_VERSION,
            layout=LAYOUT_VERSION,
            ocr_engine=engine,
            ocr_engine_version=OCR_ENGINE_VERSIONS[engine],
        ),
    )


def _tracks(approved: Sequence[CropTrack], first_region: CropRegion | None) -> list[Track]:
    if not approved and first_region is not None:
        approved = [CropTrack(crop_region=first_region)]
    return [
        Track(track=number, crop_region=track.crop_region, direction=track.direction)
        for number, track in enumerate(approved, start=FIRST_TRACK)
    ]


def _captions(
    views: Sequence[CaptionView], regions: dict[int, CropRegion], video: VideoView
) -> list[Caption]:
    captions = [
        Caption(
            start_frame=view.start_frame,
            end_frame=view.end_frame,
            text=shown_text(view.text, view.caption_ocr),
            confidence=round(view.confidence, 4),
            ocr_confidence=_rounded(view.caption_ocr_confidence),
            id=view.id,
            track=view.track,
            start_seconds=round(seconds_at(view.start_frame) + video.start_seconds, 3),
            end_seconds=round(seconds_at(view.end_frame + 1) + video.start_seconds, 3),
            box=regions.get(view.track),
            language=video.language,
        )
        for view in views
        if view.state != CaptionState.GAP
    ]
    return sorted(captions, key=lambda each: (each.start_frame, each.track))


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 4)


def _on_the_files_clock(note: Note, start_s: float) -> Note:
    """The note of the API, whose times count from the first picture, on the clock of the file."""
    return msgspec.structs.replace(
        note,
        start_seconds=None if note.start_seconds is None else note.start_seconds + start_s,
        end_seconds=None if note.end_seconds is None else note.end_seconds + start_s,
    )


def _timed(caption: Caption) -> TimedCaption:
    return TimedCaption(
        start_seconds=caption.start_seconds,
        end_seconds=caption.end_seconds,
        has_text=bool(caption.text.strip()),
    )
