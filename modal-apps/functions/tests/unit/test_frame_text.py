"""Pages of frames of which parts were read, and frames that show the same as before."""

import numpy as np
from captionacc_media.frames.luma import Plane
from captionacc_media.ocr.protocol import OcrPage
from captionacc_media.text.boxes import TextBox
from captionacc_modal.calls.frame_text import (
    FrameParts,
    Part,
    SameAsBefore,
    frame_pages,
    row_rules,
)

PICTURE = np.zeros((8, 8, 3), np.uint8)


def frame(index: int, *tops: int) -> FrameParts:
    return FrameParts(index=index, parts=[Part(top=top, picture=PICTURE) for top in tops])


def page(text: str) -> OcrPage:
    return OcrPage(boxes=[TextBox(text=text, confidence=0.9, left=1, top=2, right=30, bottom=12)])


def test_the_boxes_of_all_parts_are_in_pixels_of_the_frame() -> None:
    [found] = frame_pages([frame(0, 0, 100)], [page("top"), page("bottom")], OcrPage())
    assert [(box.text, box.top, box.bottom) for box in found.page.boxes] == [
        ("top", 2, 12),
        ("bottom", 102, 112),
    ]


def test_a_frame_without_parts_has_an_empty_page() -> None:
    assert [each.page for each in frame_pages([frame(0)], [], page("before"))] == [OcrPage()]


def test_a_frame_that_shows_the_same_has_the_page_of_the_frame_before_it() -> None:
    same = FrameParts(index=1, parts=None)
    found = list(frame_pages([same, frame(2, 0), same], [page("new")], page("old")))
    assert [each.page.boxes[0].text for each in found] == ["old", "new", "new"]


def test_a_frame_of_which_a_part_cannot_be_read_has_an_error() -> None:
    [found] = frame_pages([frame(0, 0, 9)], [page("top"), OcrPage(error="Too dark.")], OcrPage())
    assert found.page == OcrPage(error="Too dark.")


def noisy(seed: int) -> Plane:
    noise = np.random.default_rng(seed).integers(-3, 4, (180, 320))
    return np.asarray(128 + noise, np.uint8)


def test_noise_does_not_change_a_frame_and_a_full_stop_does() -> None:
    same = SameAsBefore()
    assert not same.is_same(noisy(0)), "there is nothing before the first frame"
    assert same.is_same(noisy(1))
    changed = noisy(2)
    changed[100:103, 50:53] = 255
    assert not same.is_same(changed)
    assert same.is_same(changed)


def test_rows_of_usual_frames_are_as_tall_as_the_detector_likes() -> None:
    rules = row_rules(1280, 720)
    assert (rules.step * 2, rules.least * 2) == (128, 128)
    assert row_rules(640, 360).step == 32
    tall = row_rules(1080, 1920)
    assert tall.most < 0.4, "rows of a tall frame are shrunk less than the frame"
