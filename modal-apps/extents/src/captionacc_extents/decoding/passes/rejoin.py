"""Join the parts of a caption that was cut when something passed behind its text."""

from dataclasses import replace

from captionacc_extents.decoding.evidence import evidence_across
from captionacc_extents.decoding.found import Found
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.rules import Rules


def rejoin(found: list[Found], scores: FrameScores, rules: Rules) -> list[Found]:
    """Join the captions on both sides of a few frames that look like another caption, if little
    speaks for a change between them and they are much longer than what lies between."""
    # The far comparison leaves out this many frames, so it can compare what lies around them.
    between = 2 * rules.reading.far_gap
    kept: list[Found] = []
    left = found[::-1]
    while left:
        caption = left.pop()
        before, after = (beside[-1] if beside else None for beside in (kept, left))
        if (
            before is not None
            and after is not None
            and before.end == caption.start
            and caption.end == after.start
            and caption.length <= between
            and before.length + after.length >= rules.decoding.rejoin_around * caption.length
            and evidence_across(scores, rules, before, after) < rules.decoding.merge_below
        ):
            left.pop()
            kept[-1] = replace(before, end=after.end, end_probability=after.end_probability)
        else:
            kept.append(caption)
    return kept
