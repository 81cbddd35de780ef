"""Boxes of lines in the map of a detector."""

import numpy as np
from captionacc_media.ocr.recognition.text_map_boxes import (
    TextMap,
    in_reading_order,
    line_boxes,
)


def text_map(*lines: tuple[int, int, int, int], probability: float = 0.9) -> TextMap:
    found = np.zeros((64, 320), np.float32)
    for left, top, right, bottom in lines:
        found[top:bottom, left:right] = probability
    return found


def test_a_box_is_larger_than_the_middle_of_its_line() -> None:
    [box] = line_boxes(text_map((40, 20, 240, 32)))
    (left, top), (right, bottom) = box.min(0), box.max(0)
    # 200 x 12 pixels grow by 1.6 times their area over their circumference, which is 9.
    assert np.allclose([left, top, right, bottom], [31, 11, 249, 41], atol=2)


def test_specks_and_unsure_lines_are_left_out() -> None:
    assert line_boxes(text_map((40, 20, 42, 22))) == []
    assert line_boxes(text_map((40, 20, 240, 32), probability=0.4)) == []


def test_lines_come_from_top_to_bottom_and_from_left_to_right() -> None:
    boxes = line_boxes(text_map((180, 8, 280, 16), (20, 10, 120, 18), (20, 44, 280, 54)))
    starts = [
        (round(float(box[0, 0]), -1), float(box[0, 1]) > 30) for box in in_reading_order(boxes)
    ]
    assert starts == [(10, False), (170, False), (10, True)]
