"""Text that stands in the crop region whatever the caption says: a logo, a title bar, a clock.

A caption may well repeat, and so may its second line or its speaker's name. So repetition alone
proves nothing: text is left out only when it also looks unlike the captions. Pure.
"""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from captionacc_media.ocr.protocol import OcrBox, OcrPage
from captionacc_media.text.text_box import folded, same_text
from captionacc_media.text.usual_lines import UsualLines

_FEWEST = 3
"""Pages that a standing text is on, and different texts that it is seen beside."""
_PLAIN_SHARE = 0.3
"""A row or a size that this share of all texts has is no standing text's many misreadings."""
_SAME_PLACE = 0.5
"""Intersection over union of boxes in one place."""


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """A box and the number of its page."""

    page: int
    box: OcrBox


def without_standing_text(pages: Sequence[OcrPage]) -> list[OcrPage]:
    """The pages of many ranges of one video, in order, without text that stands in the picture.

    A text is left out where it is on at least three pages, at the same place and nearly the same,
    beside at least three different texts, and is either clearly of another size than the captions
    or lies away from their rows or their anchor with nothing that it reads on from. What is in
    doubt stays. A page never loses its last text. All pages must be of pictures of one size and
    crop region, each of another range.
    """
    found = [
        _Found(page=number, box=box)
        for number, page in enumerate(pages)
        for box in page.boxes
        if folded(box.text) and box.width > 0 and box.height > 0
    ]
    standing = _standing(found)
    return [_without(page, standing.get(number, [])) for number, page in enumerate(pages)]


def _without(page: OcrPage, standing: Sequence[OcrBox]) -> OcrPage:
    kept = [box for box in page.boxes if box not in standing]
    if len(kept) == len(page.boxes) or not any(folded(box.text) for box in kept):
        return page
    return OcrPage(boxes=kept, error=page.error)


def _standing(found: Sequence[_Found]) -> dict[int, list[OcrBox]]:
    """Boxes of standing text by page."""
    if not found:
        return {}
    # A first look, in which standing text still counts among the usual lines, only sorts out what
    # is plainly a caption: to compare thousands of those with each other would take minutes.
    usual = UsualLines(_one_a_text(found), share=_PLAIN_SHARE)
    odd = [each for each in found if not usual.plain(each.box)]
    recurring = [group for group in _groups(odd) if _pages(group) >= _FEWEST]
    aside = {(each.page, id(each.box)) for group in recurring for each in group}
    captions = [each for each in found if (each.page, id(each.box)) not in aside]
    if not captions:
        return {}
    usual = UsualLines(_one_a_text(captions))
    others = _by_page(captions)
    candidates = [group for group in recurring if _beside_different_texts(group, others)]
    read_on = {
        page: _read_on(others.get(page, []), boxes, usual)
        for page, boxes in _by_page([each for group in recurring for each in group]).items()
    }
    return _by_page(
        [each for group in candidates if _unlike_captions(group, usual, read_on) for each in group]
    )


def _by_page(found: Sequence[_Found]) -> dict[int, list[OcrBox]]:
    pages: dict[int, list[OcrBox]] = {}
    for each in found:
        pages.setdefault(each.page, []).append(each.box)
    return pages


def _read_on(
    captions: Sequence[OcrBox], recurring: Sequence[OcrBox], usual: UsualLines
) -> list[OcrBox]:
    """``captions`` and the recurring boxes of their size that read on from them, in turn."""
    joined = list(captions)
    waiting = [box for box in recurring if not usual.other_size(box)]
    while True:
        more = [box for box in waiting if any(usual.attached(box, each) for each in joined)]
        if not more:
            return joined
        joined += more
        waiting = [box for box in waiting if box not in more]


def _one_a_text(found: Sequence[_Found]) -> list[OcrBox]:
    """The first box of each text, so that what is seen often counts no more than the rest."""
    first: dict[str, OcrBox] = {}
    for each in found:
        first.setdefault(folded(each.box.text), each.box)
    return list(first.values())


def _pages(group: Sequence[_Found]) -> int:
    return len({each.page for each in group})


def _beside_different_texts(group: Sequence[_Found], others: dict[int, list[OcrBox]]) -> bool:
    different: list[str] = []
    for page in sorted({each.page for each in group}):
        text = "".join(folded(box.text) for box in others.get(page, []))
        if text and not any(same_text(text, each) for each in different):
            different.append(text)
        if len(different) >= _FEWEST:
            return True
    return False


def _unlike_captions(
    group: Sequence[_Found], usual: UsualLines, read_on: dict[int, list[OcrBox]]
) -> bool:
    """Whether most readings of a text are of another size, or away and read on from nothing."""
    most = len(group) / 2
    if sum(usual.other_size(each.box) for each in group) > most:
        return True
    away = [
        each for each in group if usual.elsewhere(each.box) and each.box not in read_on[each.page]
    ]
    return len(away) > most


def _groups(found: Sequence[_Found]) -> list[list[_Found]]:
    """Boxes of one place and nearly one text; each is compared with the first of a group."""
    groups: list[list[_Found]] = []
    edges = np.zeros((len(found), 4))
    for each in found:
        box = each.box
        number = next(
            (
                at
                for at in _in_place_of(box, edges[: len(groups)])
                if same_text(groups[at][0].box.text, box.text)
            ),
            len(groups),
        )
        if number == len(groups):
            groups.append([])
            edges[number] = box.left, box.top, box.right, box.bottom
        groups[number].append(each)
    return groups


def _in_place_of(box: OcrBox, edges: npt.NDArray[np.float64]) -> Iterator[int]:
    left, top, right, bottom = edges.T
    width = np.minimum(right, box.right) - np.maximum(left, box.left)
    height = np.minimum(bottom, box.bottom) - np.maximum(top, box.top)
    shared = np.clip(width, 0, None) * np.clip(height, 0, None)
    union = (right - left) * (bottom - top) + box.width * box.height - shared
    for at in np.flatnonzero((shared > 0) & (shared >= _SAME_PLACE * union)):
        yield int(at)
