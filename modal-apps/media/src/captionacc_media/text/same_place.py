"""Finds the groups of text boxes that stand where a given box stands."""

import numpy as np

from captionacc_media.text.boxes import TextBox

_SAME_PLACE = 0.5
"""Lowest intersection over union of two boxes in the same place."""


class GroupPlaces:
    """The place of each group of boxes, kept in columns so that one call compares all of them."""

    def __init__(self, most_groups: int) -> None:
        self._edges = np.zeros((most_groups, 4))
        self._count = 0

    def put(self, group: int, box: TextBox) -> None:
        """Set the place of ``group`` to that of ``box``. Groups are numbered from 0."""
        self._edges[group] = box.left, box.top, box.right, box.bottom
        self._count = max(self._count, group + 1)

    def groups_at(self, box: TextBox) -> list[int]:
        """Numbers of the groups in the same place as ``box``, in rising order."""
        left, top, right, bottom = self._edges[: self._count].T
        width = np.minimum(right, box.right) - np.maximum(left, box.left)
        height = np.minimum(bottom, box.bottom) - np.maximum(top, box.top)
        shared = np.clip(width, 0, None) * np.clip(height, 0, None)
        union = (right - left) * (bottom - top) + box.width * box.height - shared
        return [
            int(each) for each in np.flatnonzero((shared > 0) & (shared >= _SAME_PLACE * union))
        ]
