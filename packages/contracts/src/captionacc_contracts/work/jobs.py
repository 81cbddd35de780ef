"""Kinds of job and what each is asked to do; the parameters are stored on the job row.

``anew`` asks for a compute call of its own: a finished equal job or a stored result does not serve.
"""

import hashlib
from enum import StrEnum

import msgspec

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack, WritingDirection

MAX_ATTEMPTS = 5
"""Attempts of a job before it ends in error, unless a worker is set up otherwise. Set by hand: five
attempts with the worker's usual waits take about a minute."""


class JobKind(StrEnum):
    VIDEO_INITIAL_PROCESSING = "video_initial_processing"
    CROP_AND_INFER = "crop_and_infer"
    CAPTION_OCR = "caption_ocr"
    CAPTIONS_OCR = "captions_ocr"


class InitialProcessing(
    msgspec.Struct, frozen=True, kw_only=True, tag=JobKind.VIDEO_INITIAL_PROCESSING.value
):
    video_key: str
    language: str | None = None
    anew: bool = False


class CropAndInfer(msgspec.Struct, frozen=True, kw_only=True, tag=JobKind.CROP_AND_INFER.value):
    """``crop_region`` and ``direction`` are the first track's; ``other_tracks`` follow it."""

    video_key: str
    crop_region: CropRegion
    anew: bool = False
    direction: WritingDirection = WritingDirection.HORIZONTAL
    other_tracks: list[CropTrack] = []

    @property
    def tracks(self) -> list[CropTrack]:
        """All tracks, in the order of their numbers."""
        first = CropTrack(crop_region=self.crop_region, direction=self.direction)
        return [first, *self.other_tracks]


class CaptionOcr(msgspec.Struct, frozen=True, kw_only=True, tag=JobKind.CAPTION_OCR.value):
    """OCR of one caption; its extent is read when the job runs."""

    caption_id: int
    cropped_frames_version: int
    language: str | None = None
    anew: bool = False


class CaptionsOcr(msgspec.Struct, frozen=True, kw_only=True, tag=JobKind.CAPTIONS_OCR.value):
    """OCR of many captions of one video in one call."""

    caption_ids: list[int]
    cropped_frames_version: int
    language: str | None = None
    anew: bool = False


JobParameters = InitialProcessing | CropAndInfer | CaptionOcr | CaptionsOcr


def kind_of(parameters: JobParameters) -> JobKind:
    """The kind of job that parameters of this type describe."""
    return JobKind(str(parameters.__struct_config__.tag))


def caption_ids(parameters: CaptionOcr | CaptionsOcr) -> list[int]:
    """The captions that an OCR job reads."""
    if isinstance(parameters, CaptionOcr):
        return [parameters.caption_id]
    return parameters.caption_ids


def input_digest(parameters: JobParameters) -> str:
    """Digest that is equal for equal work; unique per kind and video while a job has not ended.

    ``anew`` does not count: a job that computes anew does the same work.
    """
    # Decoding first makes 0 and 0.0 the same parameter, as they are after a trip through a row.
    canonical = msgspec.json.decode(msgspec.json.encode(parameters), type=type(parameters))
    fields = msgspec.to_builtins(canonical)
    del fields["anew"]
    # Rows from before there were tracks have digests without these fields.
    for name, usual in (("direction", WritingDirection.HORIZONTAL), ("other_tracks", [])):
        if fields.get(name) == usual:
            del fields[name]
    # In the order of the struct: rows hold digests of that order.
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()
