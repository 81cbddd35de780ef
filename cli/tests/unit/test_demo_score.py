from captionacc_cli.demo.demo import score
from captionacc_exports.writers.truth import TrueCaption


def _found(start: int, end: int, text: str) -> TrueCaption:
    return TrueCaption(start_frame=start, end_frame=end, text=text)


TRUTH = [
    TrueCaption(start_frame=10, end_frame=19, text="one two"),
    TrueCaption(start_frame=20, end_frame=29, text="three"),
]


def test_an_extent_may_be_off_by_one_frame_and_not_by_two() -> None:
    extents, text = score([_found(11, 18, "one two"), _found(20, 31, "three")], TRUTH)
    assert (extents.matched, extents.truth) == (1, 2)
    assert text.rate == 0


def test_a_missed_caption_costs_its_text() -> None:
    extents, text = score([_found(10, 19, "one two")], TRUTH)
    assert (extents.matched, extents.truth) == (1, 2)
    assert text.edits == len("three")
