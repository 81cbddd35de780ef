"""Finds standing text beside captions in cropped pictures: a logo, a title bar, a clock. Pure.

A caption may repeat, and so may its second line or the name of its speaker. Repetition alone is
therefore not enough: a text counts as standing text only when it also looks unlike the captions.
"""

from collections.abc import Mapping, Sequence

import msgspec

from captionacc_media.text.boxes import TextBox
from captionacc_media.text.same_place import GroupPlaces
from captionacc_media.text.same_text import folded, same_text
from captionacc_media.text.usual_lines import UsualLines

_FEWEST = 3
"""Standing text is on at least this many pages, beside at least this many different texts. Two
could be a caption that is said again."""
_PLAIN_SHARE = 0.3
"""In the first pass, a row or a size counts as the captions' when this share of all texts has it.
The many misreadings of one standing text do not reach this share."""


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """A box and the number of its page."""

    page: int
    box: TextBox


def without_standing_boxes(pages: Sequence[Sequence[TextBox]]) -> list[list[TextBox]]:
    """Leave out the boxes of standing text.

    A text is standing text when it is on at least three pages, in the same place and read nearly
    the same, beside at least three different texts, and it looks unlike the captions: its size is
    clearly different, or it lies away from the captions' rows or anchor and no caption reads on to
    it. In doubt, a text stays. A page never loses its last text.

    Args:
        pages: the boxes of each page, in pixels. All pages are of one video and one crop region,
            in order of time, and each is of a different caption.

    Returns:
        The remaining boxes of each page, in their order.
    """
    found = [
        _Found(page=number, box=box)
        for number, page in enumerate(pages)
        for box in page
        if folded(box.text) and box.width > 0 and box.height > 0
    ]
    standing = _standing(found)
    return [_without(page, standing.get(number, [])) for number, page in enumerate(pages)]


def _without(page: Sequence[TextBox], standing: Sequence[TextBox]) -> list[TextBox]:
    kept = [box for box in page if box not in standing]
    return kept if any(folded(box.text) for box in kept) else list(page)


def _standing(found: Sequence[_Found]) -> dict[int, list[TextBox]]:
    """The boxes of standing text by page."""
    if not found:
        return {}
    # The first pass learns the usual lines from all texts, standing text included, and only sorts
    # out what is plainly a caption: comparing thousands of captions with each other takes minutes.
    usual = UsualLines(_one_box_per_text(found), share=_PLAIN_SHARE)
    odd = [each for each in found if not usual.plain(each.box)]
    recurring = [group for group in _groups(odd) if _page_count(group) >= _FEWEST]
    aside = {(each.page, id(each.box)) for group in recurring for each in group}
    captions = [each for each in found if (each.page, id(each.box)) not in aside]
    if not captions:
        return {}
    usual = UsualLines(_one_box_per_text(captions))
    captions_of = _by_page(captions)
    candidates = [group for group in recurring if _beside_different_texts(group, captions_of)]
    read_on = {
        page: _read_on(captions_of.get(page, []), boxes, usual)
        for page, boxes in _by_page([each for group in recurring for each in group]).items()
    }
    return _by_page(
        [each for group in candidates if _unlike_captions(group, usual, read_on) for each in group]
    )


def _by_page(found: Sequence[_Found]) -> dict[int, list[TextBox]]:
    pages: dict[int, list[TextBox]] = {}
    for each in found:
        pages.setdefault(each.page, []).append(each.box)
    return pages


def _read_on(
    captions: Sequence[TextBox], recurring: Sequence[TextBox], usual: UsualLines
) -> list[TextBox]:
    """``captions`` of a page, and the recurring boxes that read on from them, directly or not."""
    reached = list(captions)
    waiting = [box for box in recurring if not usual.other_size(box)]
    while True:
        more = [box for box in waiting if any(usual.attached(box, each) for each in reached)]
        if not more:
            return reached
        reached += more
        waiting = [box for box in waiting if box not in more]


def _one_box_per_text(found: Sequence[_Found]) -> list[TextBox]:
    """The first box of each text, so that frequent texts do not outweigh the others."""
    first: dict[str, TextBox] = {}
    for each in found:
        first.setdefault(folded(each.box.text), each.box)
    return list(first.values())


def _page_count(group: Sequence[_Found]) -> int:
    return len({each.page for each in group})


def _beside_different_texts(
    group: Sequence[_Found], captions_of: Mapping[int, list[TextBox]]
) -> bool:
    different: list[str] = []
    for page in sorted({each.page for each in group}):
        text = "".join(folded(box.text) for box in captions_of.get(page, []))
        if text and not any(same_text(text, each) for each in different):
            different.append(text)
        if len(different) >= _FEWEST:
            return True
    return False


def _unlike_captions(
    group: Sequence[_Found], usual: UsualLines, read_on: Mapping[int, list[TextBox]]
) -> bool:
    """Whether most boxes of a text are of another size, or away from every line of a caption."""
    most = len(group) / 2
    if sum(usual.other_size(each.box) for each in group) > most:
        return True
    away = [
        each for each in group if usual.elsewhere(each.box) and each.box not in read_on[each.page]
    ]
    return len(away) > most


def _groups(found: Sequence[_Found]) -> list[list[_Found]]:
    """Group boxes of nearly the same text in the same place as the first box of their group."""
    groups: list[list[_Found]] = []
    places = GroupPlaces(len(found))
    for each in found:
        number = next(
            (
                group
                for group in places.groups_at(each.box)
                if same_text(groups[group][0].box.text, each.box.text)
            ),
            len(groups),
        )
        if number == len(groups):
            groups.append([])
            places.put(number, each.box)
        groups[number].append(each)
    return groups
