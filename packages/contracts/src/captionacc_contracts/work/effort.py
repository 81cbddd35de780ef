"""How many processor seconds a compute call takes, from what is known before it is made. Pure.

The coefficients are in ``effort.json``, with the machine on which they were measured. ``make
bench-effort`` measures them again and writes that file. They are linear, so the sums of many calls
are expected like one call.
"""

from importlib.resources import files

import msgspec

from captionacc_contracts.errors import PermanentError
from captionacc_contracts.languages.default_recogniser import reads_by_default
from captionacc_contracts.languages.language import parse_optional_language
from captionacc_contracts.work.functions import FunctionName


class FrameWork(msgspec.Struct, frozen=True, kw_only=True):
    """Processor seconds of a call that goes through a video; ``start`` is paid once per call.

    ``cores_busy`` is how many cores a call keeps busy when it is alone on the machine.
    """

    start: float
    per_second: float
    """Per second of video, and per track when the call crops tracks: model and chunks."""
    per_megapixel_second: float
    """Per second of video and million pixels of a picture: decoding."""
    cores_busy: float


class ReadingWork(msgspec.Struct, frozen=True, kw_only=True):
    """Processor seconds of a call that reads captions."""

    start: float
    per_caption: float
    per_megapixel_caption: float
    """Per caption and million pixels of a whole picture: its part that is read grows with it."""
    cores_busy: float


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """The measured coefficients, and on what they were ``measured``."""

    measured: str
    extract_frames_and_ocr: FrameWork
    crop_and_infer_caption_frame_extents: FrameWork
    generate_captions_ocr: ReadingWork
    other_recogniser_factor: float
    """Time to read a caption in a language that the recogniser in the package does not read."""
    captions_per_minute: float
    """Captions of a captioned minute, for a video whose captions are not known yet."""
    peak_memory_mib: float
    overhead_seconds: float
    """Wall seconds of a job outside its calls: upload, starts of processes, polling."""

    def cores_busy(self, function: FunctionName) -> float:
        return self._of(function).cores_busy

    def core_seconds(self, function: FunctionName, amount: "Amount") -> float:
        """Processor seconds of calls of ``function`` that go through ``amount`` together."""
        work = self._of(function)
        if isinstance(work, ReadingWork):
            return (
                work.start * amount.calls
                + work.per_caption * amount.captions
                + work.per_megapixel_caption * amount.megapixel_captions
            )
        return (
            work.start * amount.calls
            + work.per_second * amount.track_seconds
            + work.per_megapixel_second * amount.megapixel_seconds
        )

    def _of(self, function: FunctionName) -> FrameWork | ReadingWork:
        match function:
            case FunctionName.EXTRACT_FRAMES_AND_OCR:
                return self.extract_frames_and_ocr
            case FunctionName.CROP_AND_INFER:
                return self.crop_and_infer_caption_frame_extents
            case FunctionName.GENERATE_CAPTION_OCR | FunctionName.GENERATE_CAPTIONS_OCR:
                return self.generate_captions_ocr


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """What calls go through.

    ``track_seconds`` are seconds of video times tracks, ``megapixel_captions`` are captions times
    million pixels of a picture. Captions count more than once when reading them takes longer.
    """

    calls: float = 1.0
    track_seconds: float = 0.0
    megapixel_seconds: float = 0.0
    captions: float = 0.0
    megapixel_captions: float = 0.0


EFFORT = msgspec.json.decode(
    files("captionacc_contracts.work").joinpath("effort.json").read_bytes(), type=Effort
)


def reading_factor(language: str | None) -> float:
    """How much longer a caption in ``language`` takes to read than one in English.

    A text that names no language counts as English here; the work itself refuses it.
    """
    try:
        wanted = parse_optional_language(language)
    except PermanentError:
        return 1.0
    return 1.0 if wanted is None or reads_by_default(wanted) else EFFORT.other_recogniser_factor
