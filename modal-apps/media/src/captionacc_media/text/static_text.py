"""Text that stays: logos, channel names, clocks. The same text in the same place for long."""

from collections.abc import Mapping, Sequence

import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND

from captionacc_media.text.text_box import TextBox, folded, same_text

_LONGEST_CAPTION = 15 * INDICES_PER_SECOND
"""Indices for which one caption may stand still; what stands longer is no caption."""
_SAME_PLACE = 0.5
"""Intersection over union of boxes in one place."""
_OFTEN = 3
_JUST_NOW = 3
_RECURRING_SHARE = 0.3
_RECURRING_COUNT = 4


class _Latest:
    """The newest box of each group as columns, so that all are compared with a box at once."""

    def __init__(self, most: int) -> None:
        self._edges = np.zeros((most, 4))
        self._count = 0

    def put(self, group: int, box: TextBox) -> None:
        self._edges[group] = box.left, box.top, box.right, box.bottom
        self._count = max(self._count, group + 1)

    def in_place_of(self, box: TextBox) -> list[int]:
        """Groups whose newest box covers the same part of the picture, oldest first."""
        left, top, right, bottom = self._edges[: self._count].T
        width = np.minimum(right, box.right) - np.maximum(left, box.left)
        height = np.minimum(bottom, box.bottom) - np.maximum(top, box.top)
        shared = np.clip(width, 0, None) * np.clip(height, 0, None)
        union = (right - left) * (bottom - top) + box.width * box.height - shared
        return [
            int(each) for each in np.flatnonzero((shared > 0) & (shared >= _SAME_PLACE * union))
        ]


def _groups(boxes: Sequence[TextBox], order: Mapping[int, int]) -> list[list[TextBox]]:
    """Boxes grouped by text and place; a group follows a slow drift.

    ``order`` gives a frame's position among those read. A text read slightly differently is only
    looked for in groups that were seen just now or often: captions pass through one place by the
    thousand, and comparing each with all before it would take minutes.
    """
    found: list[list[TextBox]] = []
    latest = _Latest(len(boxes))
    for box in sorted(boxes, key=lambda each: each.at):
        here = [each for each in latest.in_place_of(box) if found[each][-1].at != box.at]
        alike = [
            each
            for each in here
            if len(found[each]) >= _OFTEN or order[box.at] - order[found[each][-1].at] <= _JUST_NOW
        ]
        number = next(
            (each for each in here if folded(found[each][-1].text) == folded(box.text)), None
        )
        if number is None:
            number = next(
                (each for each in alike if same_text(found[each][-1].text, box.text)), len(found)
            )
        if number == len(found):
            found.append([])
        found[number].append(box)
        latest.put(number, box)
    return found


def static_boxes(boxes: Sequence[TextBox], sampled: Sequence[int]) -> set[TextBox]:
    """The boxes of text that stays, in a video whose frames ``sampled`` were read.

    A text stays when it stands for longer than a caption does, or returns to its place in a good
    part of all frames.
    """
    order = {index: position for position, index in enumerate(sampled)}
    static: set[TextBox] = set()
    for group in _groups(boxes, order):
        seen = len(group)
        first, last = group[0].at, group[-1].at
        between = order[last] - order[first] + 1
        stands = last - first > _LONGEST_CAPTION and seen >= 0.5 * between
        returns = seen >= _RECURRING_COUNT and seen >= _RECURRING_SHARE * len(sampled)
        if (stands and seen > 2) or (returns and last - first > _LONGEST_CAPTION):
            static.update(group)
    return static
