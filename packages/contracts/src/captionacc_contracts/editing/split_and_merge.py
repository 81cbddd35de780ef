"""Splitting a caption, and merging captions."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing.operations import MOST_TEXT_CHARACTERS, CaptionSplit
from captionacc_contracts.editing.pen import Pen
from captionacc_contracts.editing.refusals import invalid_frames, refused
from captionacc_contracts.editing.tiled_track import TiledTrack
from captionacc_contracts.work.states import CaptionState, OcrStatus


def split(track: TiledTrack, row: StoredCaption, asked: CaptionSplit, pen: Pen) -> StoredCaption:
    """Split a caption; return the second part, which is a new row.

    Raises:
        PermanentError: ``frame_range_invalid``.
    """
    if not row.start_frame < asked.frame <= row.end_frame:
        raise invalid_frames(
            f"Caption {row.id} has frames {row.start_frame} to {row.end_frame}; split it at one of "
            "them that is not the first."
        )
    typed: list[dict[str, Any]] = [
        {"text": text, "text_edited": text is not None} for text in asked.texts or ()
    ] or [{}, {}]
    before = msgspec.structs.replace(row, end_frame=asked.frame - 1, end_seconds=None, **typed[0])
    after = msgspec.structs.replace(
        row,
        id=pen.new_id(),
        version=1,
        start_frame=asked.frame,
        start_seconds=None,
        # No job reads the new row.
        caption_ocr_status=None if row.caption_ocr is None else OcrStatus.COMPLETED,
        caption_ocr_error=None,
        **typed[1],
    )
    index = track.index_at(row.start_frame)
    track.replace(index, index, [pen.touched(before), pen.touched(after)])
    return track.rows[track.index_at(asked.frame)]


def merge(
    track: TiledTrack, row: StoredCaption, others: Iterable[int], text: str | None, pen: Pen
) -> None:
    """Merge a caption with the captions at the positions ``others``, and the gaps between.

    Raises:
        PermanentError: ``state_conflict`` when another caption stands between, or there is nothing
            to merge.
    """
    chosen = sorted({track.index_at(row.start_frame), *others})
    if len(chosen) == 1:
        raise refused(f"Caption {row.id} cannot be merged with itself; name another caption.")
    rows = track.rows[chosen[0] : chosen[-1] + 1]
    run = [each for each in rows if not each.is_gap]
    if len(run) != len(chosen):
        raise refused("Other captions stand between these captions; merge those too.")
    track.replace(chosen[0], chosen[-1], [pen.touched(_merged(row, run, text))])


def _merged(kept: StoredCaption, run: Sequence[StoredCaption], text: str | None) -> StoredCaption:
    """One caption for ``run``, which includes ``kept``."""
    texts = None
    if any(row.text is not None for row in run):
        texts = _joined([row.caption_ocr if row.text is None else row.text for row in run])
    statuses = {row.text_status for row in run}
    confident = [c for row in run if (c := row.caption_ocr_confidence) is not None]
    read = _joined([row.caption_ocr for row in run])
    confirmed = all(row.state is CaptionState.CONFIRMED for row in run)
    merged = msgspec.structs.replace(
        kept,
        start_frame=run[0].start_frame,
        end_frame=run[-1].end_frame,
        start_seconds=run[0].start_seconds,
        end_seconds=run[-1].end_seconds,
        state=CaptionState.CONFIRMED if confirmed else CaptionState.PREDICTED,
        confidence=min(row.confidence for row in run),
        text=texts if text is None else text,
        text_edited=text is not None or any(map(_is_decided, run)),
        text_status=statuses.pop() if len(statuses) == 1 else None,
        text_notes=_joined([row.text_notes for row in run]),
        caption_ocr=read,
        caption_ocr_confidence=min(confident) if confident else None,
        caption_ocr_status=kept.caption_ocr_status
        or (None if read is None else OcrStatus.COMPLETED),
    )
    for value in (merged.text, merged.text_notes):
        if value is not None and len(value) > MOST_TEXT_CHARACTERS:
            raise refused(
                f"The merged text would have more than {MOST_TEXT_CHARACTERS} characters; give a "
                "shorter text."
            )
    return merged


def _is_decided(row: StoredCaption) -> bool:
    """Whether a person typed, judged or confirmed the text."""
    confirmed = row.state is CaptionState.CONFIRMED
    return row.text_edited or row.text_status is not None or (confirmed and row.text is not None)


def _joined(texts: Iterable[str | None]) -> str | None:
    """The different texts below each other; null when there are none."""
    found = list(dict.fromkeys(text for text in texts if text is not None))
    shown = [text for text in found if text] or found
    return "\n".join(shown) if shown else None
