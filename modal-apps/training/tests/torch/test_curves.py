from pathlib import Path

import cv2
from captionacc_training.learning.curves import (
    CURVES,
    append_curve,
    draw_curves,
    forget_curve_after,
    read_curves,
)


def test_lines_after_the_checkpoint_and_cut_off_ones_are_forgotten(tmp_path: Path) -> None:
    assert read_curves(tmp_path) == []
    forget_curve_after(tmp_path, 0)
    for step in (10, 20, 30):
        append_curve(tmp_path, step, {"loss": step / 7})
    with (tmp_path / CURVES).open("a") as file:
        file.write('{"step": 40, "lo')
    assert [line["step"] for line in read_curves(tmp_path)] == [10, 20, 30]
    forget_curve_after(tmp_path, 20)
    append_curve(tmp_path, 30, {"loss": 1.0})
    assert read_curves(tmp_path) == [
        {"step": 10, "loss": 10 / 7},
        {"step": 20, "loss": 20 / 7},
        {"step": 30, "loss": 1.0},
    ]


def test_the_picture_is_drawn_also_of_nothing_and_of_gaps(tmp_path: Path) -> None:
    lines = [{"step": 10, "loss": 2.0, "glyph_right": float("nan")}, {"step": 20, "loss": 1.0}]
    for number, given in enumerate(([], lines)):
        path = tmp_path / f"{number}.png"
        draw_curves(given, lambda step: 1e-3 / (step + 1), path)
        picture = cv2.imread(str(path))
        assert picture is not None
        assert picture.shape == (900, 800, 3)
