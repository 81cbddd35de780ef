"""What a person should look at once the captions of a video are known. Pure.

The processing of a video stores the notes that the pictures give. Captions change later, when their
text is read or typed, so the notes about them are made when they are asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.frames.tracks import FIRST_TRACK, CropTrack, Note, NoteKind
from captionacc_contracts.work.states import CaptionState

LOW_CONFIDENCE = 0.5
"""Below it, an extent or a text is more likely wrong than right: both confidences are fitted to be
probabilities. With a higher limit, most captions that a note names would be right, and people would
stop reading the notes."""

Judge = Callable[[str, Sequence[StoredCaption], int, float], Note | None]
"""Makes the note about captions of one track. The string names the track in a sentence; then come
some of its captions, the number of all of them, and the time of frame 0."""


def final_notes(
    stored: Sequence[Note],
    captions: Iterable[StoredCaption],
    tracks: Sequence[CropTrack],
    counts: Mapping[int, int],
    first_picture_s: float = 0.0,
) -> list[Note]:
    """The stored notes of a video, then the notes about the captions of each of its tracks.

    Args:
        stored: The notes that the video has in its row.
        captions: At least all captions with a confidence below ``LOW_CONFIDENCE``.
        tracks: The approved tracks, in the order of their numbers.
        counts: How many captions each track has, by its number.
        first_picture_s: Time of frame 0 on the clock of the file.
    """
    shown = [caption for caption in captions if caption.state is not CaptionState.GAP]
    notes = list(stored)
    for number, track in enumerate(tracks, FIRST_TRACK):
        of_track = [caption for caption in shown if caption.track == number]
        named = f" of track {number}" if len(tracks) > 1 else ""
        for judge in _JUDGES:
            note = judge(named, of_track, counts.get(number, 0), first_picture_s)
            if note is not None:
                notes.append(msgspec.structs.replace(note, region=track.crop_region))
    return notes


def _low_confidence(
    named: str, captions: Sequence[StoredCaption], count: int, first_picture_s: float
) -> Note | None:
    doubtful = [caption for caption in captions if _is_doubtful(caption)]
    if not doubtful:
        return None
    verb = "has" if len(doubtful) == 1 else "have"
    return Note(
        kind=NoteKind.LOW_CONFIDENCE,
        message=(
            f"{len(doubtful)} of {count} captions{named} {verb} a confidence below "
            f"{LOW_CONFIDENCE}; compare their times and texts with the video."
        ),
        start_seconds=min(each.starts_at(first_picture_s) for each in doubtful),
        end_seconds=max(each.ends_at(first_picture_s) for each in doubtful),
    )


def _is_doubtful(caption: StoredCaption) -> bool:
    """Whether the extent or the text is doubtful, and a person has not decided about it.

    A caption without text is not: the reading of all captions notes what it could not read.
    """
    if caption.state is CaptionState.CONFIRMED:
        return False
    extent = caption.confidence < LOW_CONFIDENCE
    typed = caption.text_edited or caption.text not in (None, caption.caption_ocr)
    judged = typed or caption.text_status is not None
    read = caption.caption_ocr_confidence
    doubted = bool(caption.caption_ocr) and read is not None and read < LOW_CONFIDENCE
    return extent or (not judged and doubted)


_JUDGES: tuple[Judge, ...] = (_low_confidence,)
"""One per kind of note."""
