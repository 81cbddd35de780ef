"""Text that stays: logos, channel names, clocks. The same text in the same place for long."""

from collections.abc import Sequence

from captionacc_contracts.frame_index import INDICES_PER_SECOND

from captionacc_media.layout.text_box import TextBox, same_place, same_text

_LONGEST_CAPTION = 15 * INDICES_PER_SECOND
"""Indices for which one caption may stand still; what stands longer is no caption."""
_RECURRING_SHARE = 0.3
_RECURRING_COUNT = 4


def groups(boxes: Sequence[TextBox]) -> list[list[TextBox]]:
    """Boxes grouped by text and place; a group follows a slow drift."""
    found: list[list[TextBox]] = []
    for box in sorted(boxes, key=lambda each: each.at):
        for group in found:
            last = group[-1]
            if last.at != box.at and same_place(last, box) and same_text(last.text, box.text):
                group.append(box)
                break
        else:
            found.append([box])
    return found


def static_boxes(boxes: Sequence[TextBox], sampled: Sequence[int]) -> set[TextBox]:
    """The boxes of text that stays, in a video whose frames ``sampled`` were read.

    A text stays when it stands for longer than a caption does, or returns to its place in a good
    part of all frames.
    """
    order = {index: position for position, index in enumerate(sampled)}
    static: set[TextBox] = set()
    for group in groups(boxes):
        seen = len(group)
        first, last = group[0].at, group[-1].at
        between = order[last] - order[first] + 1
        stands = last - first > _LONGEST_CAPTION and seen >= 0.5 * between
        returns = seen >= _RECURRING_COUNT and seen >= _RECURRING_SHARE * len(sampled)
        if (stands and seen > 2) or (returns and last - first > _LONGEST_CAPTION):
            static.update(group)
    return static
