"""The table of export formats, and the one way to write a file in any of them."""

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec
from captionacc_contracts.api import VideoSummary
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.errors import ErrorCode, PermanentError

from captionacc_exports.cues import chosen, cues_of
from captionacc_exports.file_names import file_name
from captionacc_exports.options import EVERYTHING, ExportOptions
from captionacc_exports.writers.captions_json import captions_file
from captionacc_exports.writers.plain_text import to_text
from captionacc_exports.writers.subrip import to_srt
from captionacc_exports.writers.substation import to_ass
from captionacc_exports.writers.table import to_csv
from captionacc_exports.writers.truth import truth_of
from captionacc_exports.writers.ttml import to_ttml
from captionacc_exports.writers.webvtt import to_vtt

Write = Callable[[VideoSummary, Sequence[CaptionView], ExportOptions], str]


class ExportFormat(StrEnum):
    """The formats, by the extension of their files."""

    SRT = "srt"
    VTT = "vtt"
    ASS = "ass"
    TTML = "ttml"
    CSV = "csv"
    TXT = "txt"
    JSON = "json"
    TRUTH = "truth.json"


class _Kind(msgspec.Struct, frozen=True, kw_only=True):
    media_type: str
    write: Write
    has_gaps: bool = False


class ExportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """An exported file; ``content`` is UTF-8."""

    name: str
    media_type: str
    content: bytes


def _size(video: VideoSummary) -> tuple[int, int] | None:
    if video.width is None or video.height is None:
        return None
    return video.width, video.height


_BYTE_ORDER_MARK = "\ufeff"
_JSON = "application/json"

_KINDS: dict[ExportFormat, _Kind] = {
    ExportFormat.SRT: _Kind(
        media_type="application/x-subrip",
        write=lambda video, captions, options: to_srt(cues_of(video, captions, options)),
    ),
    ExportFormat.VTT: _Kind(
        media_type="text/vtt",
        write=lambda video, captions, options: to_vtt(
            cues_of(video, captions, options), language=video.language
        ),
    ),
    ExportFormat.ASS: _Kind(
        media_type="text/x-ssa",
        write=lambda video, captions, options: to_ass(
            cues_of(video, captions, options), title=video.display_name, size=_size(video)
        ),
    ),
    ExportFormat.TTML: _Kind(
        media_type="application/ttml+xml",
        write=lambda video, captions, options: to_ttml(
            cues_of(video, captions, options), language=video.language
        ),
    ),
    ExportFormat.CSV: _Kind(
        media_type="text/csv",
        has_gaps=True,
        write=lambda _, captions, options: to_csv(
            chosen(captions, options), offset_seconds=options.offset_seconds
        ),
    ),
    ExportFormat.TXT: _Kind(
        media_type="text/plain",
        write=lambda video, captions, options: to_text(cues_of(video, captions, options)),
    ),
    ExportFormat.JSON: _Kind(
        media_type=_JSON,
        has_gaps=True,
        write=lambda video, captions, options: _pretty(captions_file(video, captions, options)),
    ),
    ExportFormat.TRUTH: _Kind(
        media_type=_JSON,
        write=lambda video, captions, options: _pretty(truth_of(video, captions, options)),
    ),
}


def media_type_of(export_format: ExportFormat) -> str:
    """The media type of files of a format."""
    return _KINDS[export_format].media_type


def export(
    export_format: ExportFormat,
    video: VideoSummary,
    captions: Sequence[CaptionView],
    options: ExportOptions = EVERYTHING,
) -> ExportedFile:
    """Write captions of a video as a file.

    Args:
        export_format: the format.
        video: the video, with its language, size and tracks.
        captions: all rows of the video in any order, gaps included.
        options: which of them, and how.

    Raises:
        PermanentError: ``export_invalid``; the format cannot show the gaps or have the byte order
            mark that are asked for.
            ``state_conflict``; see :func:`captionacc_exports.writers.truth.truth_of`.
    """
    kind = _KINDS[export_format]
    if options.bom and kind.media_type == _JSON:
        raise PermanentError(
            ErrorCode.EXPORT_INVALID,
            "JSON has no byte order mark; leave out the option, or choose another format.",
        )
    if options.gaps and not kind.has_gaps:
        able = " and ".join(each.value for each, other in _KINDS.items() if other.has_gaps)
        raise PermanentError(
            ErrorCode.EXPORT_INVALID,
            f"A {export_format.value} file cannot list gaps; {able} can. Leave out gaps, or choose "
            "one of these formats.",
        )
    text = kind.write(video, captions, options)
    if options.crlf:
        text = text.replace("\n", "\r\n")
    if options.bom:
        text = _BYTE_ORDER_MARK + text
    return ExportedFile(
        name=file_name(video.display_name, video.language, export_format.value),
        media_type=kind.media_type,
        content=text.encode(),
    )


def _pretty(value: msgspec.Struct) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
