"""captions.json of a run: the captions that it found, and what a person should look at."""

import msgspec
from captionacc_contracts.api import CaptionList, VideoView
from captionacc_contracts.work.versions import (
    EXTENTS_MODEL_VERSION,
    LAYOUT_VERSION,
    OCR_ENGINE_VERSIONS,
    OcrEngineName,
)
from captionacc_exports.options import EVERYTHING
from captionacc_exports.writers import captions_json
from captionacc_exports.writers.captions_json import Caption, CaptionsFile, Versions

from captionacc_cli.results.notes import TimedCaption, notes_of


def captions_file(
    video: VideoView, found: CaptionList | None, engine: OcrEngineName
) -> CaptionsFile:
    """The captions without the gaps, in the order of their times.

    Args:
        video: the video.
        found: its captions; None when no place was searched for captions.
        engine: the OCR engine that read the text.
    """
    exported = captions_json.captions_file(
        video, [] if found is None else found.captions, EVERYTHING
    )
    notes = notes_of(
        exported.notes,
        [_timed(caption) for caption in exported.captions],
        video.runner_up_tracks,
        [each.crop_region for each in exported.tracks],
    )
    versions = Versions(
        extents_model=EXTENTS_MODEL_VERSION,
        layout=LAYOUT_VERSION,
        ocr_engine=engine,
        ocr_engine_version=OCR_ENGINE_VERSIONS[engine],
    )
    return msgspec.structs.replace(exported, notes=notes, versions=versions)


def _timed(caption: Caption) -> TimedCaption:
    return TimedCaption(
        start_seconds=caption.start_seconds,
        end_seconds=caption.end_seconds,
        has_text=bool(caption.text.strip()),
    )
