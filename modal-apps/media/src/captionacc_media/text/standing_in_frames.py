"""Finds standing text in sampled frames: logos, channel names, clocks. Pure.

Standing text has the same words in the same place for longer than a caption does. The other kind
of evidence, text that looks unlike the captions beside it, is in
:mod:`captionacc_media.text.standing_in_crops`.
"""

from collections.abc import Mapping, Sequence

from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND

from captionacc_media.text.boxes import FrameBox
from captionacc_media.text.same_place import GroupPlaces
from captionacc_media.text.same_text import folded, same_text

_LONGEST_CAPTION = 15 * INDICES_PER_SECOND
"""A caption stays on screen for at most this many indices; text that stays longer is not one."""
_OFTEN = 3
"""A group with this many boxes may go on after any pause with a slightly different reading."""
_JUST_NOW = 3
"""A smaller group may do so only when its last box is at most this many samples old."""
_FEWEST_STANDING = 3
"""Fewest boxes of a text that stays without a pause."""
_STANDING_SHARE = 0.5
"""A text that stays is read in at least this share of the samples between its ends. Engines miss
some readings."""
_FEWEST_RETURNING = 4
"""Fewest boxes of a text that comes and goes, such as a sign in a scene or a running title."""
_RETURNING_SHARE = 0.3
"""A text that comes and goes is read in at least this share of all samples."""


def standing_boxes(boxes: Sequence[FrameBox], sampled: Sequence[int]) -> set[FrameBox]:
    """The boxes of standing text.

    A text stands when it stays for longer than a caption does, or when it returns to its place in a
    good part of all frames.

    Args:
        boxes: all boxes read in the sampled frames, in any order.
        sampled: indices of the frames that were read, rising; frames without text included.
    """
    order = {index: position for position, index in enumerate(sampled)}
    standing: set[FrameBox] = set()
    for group in _groups(boxes, order):
        seen = len(group)
        first, last = group[0].at, group[-1].at
        between = order[last] - order[first] + 1
        long = last - first > _LONGEST_CAPTION
        stays = seen >= _FEWEST_STANDING and seen >= _STANDING_SHARE * between
        returns = seen >= _FEWEST_RETURNING and seen >= _RETURNING_SHARE * len(sampled)
        if long and (stays or returns):
            standing.update(group)
    return standing


def _groups(boxes: Sequence[FrameBox], order: Mapping[int, int]) -> list[list[FrameBox]]:
    """Group boxes of the same text in the same place; a group may drift slowly.

    ``order`` gives the position of a frame among the samples. A slightly different reading joins a
    group only when the group was seen recently or often: thousands of captions pass through one
    place, and comparing each text with all earlier ones would take minutes.
    """
    groups: list[list[FrameBox]] = []
    places = GroupPlaces(len(boxes))
    for box in sorted(boxes, key=lambda each: each.at):
        here = [each for each in places.groups_at(box) if groups[each][-1].at != box.at]
        alike = [
            each
            for each in here
            if len(groups[each]) >= _OFTEN
            or order[box.at] - order[groups[each][-1].at] <= _JUST_NOW
        ]
        number = next(
            (each for each in here if folded(groups[each][-1].text) == folded(box.text)), None
        )
        if number is None:
            number = next(
                (each for each in alike if same_text(groups[each][-1].text, box.text)), len(groups)
            )
        if number == len(groups):
            groups.append([])
        groups[number].append(box)
        places.put(number, box)
    return groups
