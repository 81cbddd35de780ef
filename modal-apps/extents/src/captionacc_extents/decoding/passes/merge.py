"""Join touching captions that show the same text."""

from dataclasses import replace

from captionacc_extents.decoding.evidence import evidence_at
from captionacc_extents.decoding.found import Found
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.rules import Rules


def merge(found: list[Found], scores: FrameScores, rules: Rules) -> list[Found]:
    """Join touching captions if little speaks for a change between them."""
    merged: list[Found] = []
    for caption in found:
        before = merged[-1] if merged else None
        if (
            before is not None
            and before.end == caption.start
            and evidence_at(scores, rules, before.start, caption.start, caption.end)
            < rules.decoding.merge_below
        ):
            merged[-1] = replace(before, end=caption.end, end_probability=caption.end_probability)
        else:
            merged.append(caption)
    return merged
