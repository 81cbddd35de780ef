"""How an upload is cut into parts. Pure."""

from collections.abc import Iterable, Sequence

from captionacc_supabase.uploads.repository import Upload
from captionacc_wasabi.uploads import MOST_PARTS, SMALLEST_PART_BYTES, PartToSend, SentPart

# A cut costs at most one part of each that is under way, and the addresses of 5 GB fill 7 answers.
_USUAL_PART_BYTES = 8 * 1024 * 1024
_MIB = 1024 * 1024


def part_bytes_of(size_bytes: int) -> int:
    """The size of all parts but the last: whole MiB, and few enough parts for the store."""
    needed = -(-size_bytes // MOST_PARTS)
    return max(_USUAL_PART_BYTES, SMALLEST_PART_BYTES, -(-needed // _MIB) * _MIB)


def part_count(upload: Upload) -> int:
    return -(-upload.size_bytes // upload.part_bytes)


def part(upload: Upload, number: int) -> PartToSend:
    """The part with this number, from 1 to :func:`part_count`."""
    offset = (number - 1) * upload.part_bytes
    return PartToSend(number=number, size_bytes=min(upload.part_bytes, upload.size_bytes - offset))


def received(upload: Upload, sent: Iterable[SentPart]) -> list[SentPart]:
    """The parts that the store has and that belong to the upload, in order."""
    return [
        each
        for each in sent
        if each.number <= part_count(upload)
        and each.size_bytes == part(upload, each.number).size_bytes
    ]


def missing(upload: Upload, have: Sequence[SentPart]) -> list[PartToSend]:
    """The parts that are still to be sent, in order."""
    numbers = {each.number for each in have}
    return [
        part(upload, number) for number in range(1, part_count(upload) + 1) if number not in numbers
    ]
