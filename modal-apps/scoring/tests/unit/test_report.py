import math
from itertools import accumulate
from random import Random

import pytest
from captionacc_scoring.extents import boundary_matches, empty_frames, false_captions, total_tiou
from captionacc_scoring.report import Figure, ScoredVideo, measure
from captionacc_scoring.table import table
from hypothesis import given, settings
from hypothesis import strategies as st

Span = tuple[int, int]


@st.composite
def captions(draw: st.DrawFn, shortest: int = 1) -> list[Span]:
    """Captions in order that do not overlap, some of them touching."""
    steps = draw(
        st.lists(st.tuples(st.integers(0, 9), st.integers(shortest, 30)), min_size=1, max_size=8)
    )
    ends = list(accumulate(gap + length for gap, length in steps))
    return [(end - length, end) for end, (_, length) in zip(ends, steps, strict=True)]


def video(
    found: list[Span], truth: list[Span], name: str = "a", kind: str = "clean"
) -> ScoredVideo:
    frames = max([end for _, end in [*found, *truth]], default=0) + 50
    return ScoredVideo(name=name, kind=kind, frames=frames, found=found, truth=truth)


def value(figure: Figure) -> float:
    assert figure.value is not None
    return figure.value


@given(captions())
@settings(max_examples=60, deadline=None)
def test_a_perfect_prediction_is_perfect(truth: list[Span]) -> None:
    case = measure([video(truth, truth)], rounds=50).cases[0]
    figures = [*case.caption_f1.values(), *case.boundary_f1.values(), case.mean_tiou]
    assert all(f.value == f.low == f.high == 1 for f in figures)
    assert case.false_per_hour.value == 0


@given(captions(shortest=8), st.integers(-4, 4))
@settings(max_examples=60, deadline=None)
def test_a_shift_counts_up_to_the_tolerance(truth: list[Span], shift: int) -> None:
    apart = [(start + 20 * i, end + 20 * i) for i, (start, end) in enumerate(truth)]
    moved = [(start + shift + 5, end + shift + 5) for start, end in apart]
    true = [(start + 5, end + 5) for start, end in apart]
    case = measure([video(moved, true)], rounds=10).cases[0]
    for tolerance in (0, 1, 2):
        expected = float(abs(shift) <= tolerance)
        assert case.caption_f1[str(tolerance)].value == expected
        assert case.boundary_f1[str(tolerance)].value == expected
    lengths = [end - start for start, end in true]
    expected = sum((n - abs(shift)) / (n + abs(shift)) for n in lengths) / len(lengths)
    assert value(case.mean_tiou) == pytest.approx(expected)


@given(captions(), captions(), captions(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_order_does_not_matter(
    one: list[Span], two: list[Span], three: list[Span], random: Random
) -> None:
    videos = [video(one, two, "a"), video(two, three, "b", "fade"), video(three, one, "c")]
    shuffled = [
        ScoredVideo(
            name=v.name,
            kind=v.kind,
            frames=v.frames,
            found=random.sample(v.found, len(v.found)),
            truth=random.sample(v.truth, len(v.truth)),
        )
        for v in random.sample(videos, 3)
    ]
    first, again = measure(videos, rounds=40), measure(shuffled, rounds=40)
    for case in first.cases:
        other = next(c for c in again.cases if c.kind == case.kind)
        for a, b in (
            *zip(case.caption_f1.values(), other.caption_f1.values(), strict=True),
            *zip(case.boundary_f1.values(), other.boundary_f1.values(), strict=True),
            (case.mean_tiou, other.mean_tiou),
            (case.false_per_hour, other.false_per_hour),
        ):
            assert a == b or math.isclose(value(a), value(b), rel_tol=1e-12)


@given(st.lists(st.integers(0, 30), max_size=7), st.lists(st.integers(0, 30), max_size=7))
@settings(max_examples=80)
def test_boundaries_match_one_to_one_and_as_many_as_can(found: list[int], truth: list[int]) -> None:
    for tolerance in (0, 1, 2):
        matched = boundary_matches(found, truth, tolerance)
        assert matched == boundary_matches(truth, found, tolerance)
        assert matched == _most(found, truth, tolerance)


def _most(found: list[int], truth: list[int], tolerance: int) -> int:
    """The largest matching, found by trying every one."""
    if not found:
        return 0
    best = _most(found[1:], truth, tolerance)
    for j, frame in enumerate(truth):
        if abs(frame - found[0]) <= tolerance:
            rest = truth[:j] + truth[j + 1 :]
            best = max(best, 1 + _most(found[1:], rest, tolerance))
    return best


def test_one_true_caption_is_not_paired_twice() -> None:
    assert total_tiou([(0, 10), (10, 20)], [(0, 20)]) == pytest.approx(0.5)
    case = measure([video([(0, 9), (0, 10)], [(0, 10)])], rounds=5).cases[0]
    assert case.caption_f1["1"].value == pytest.approx(2 / 3)


def test_false_captions_are_counted_per_hour_without_captions() -> None:
    truth, found = [(0, 100)], [(50, 100), (100, 103), (900, 910)]
    assert false_captions(found, truth) == 2
    assert empty_frames(truth, 1000) == 900
    seen = ScoredVideo(name="a", kind="clean", frames=1000, found=found, truth=truth)
    case = measure([seen], rounds=5).cases[0]
    assert case.false_per_hour.value == pytest.approx(2 / (900 / 36000))


def test_what_cannot_be_measured_is_none() -> None:
    case = measure(
        [ScoredVideo(name="a", kind="none", frames=0, found=[], truth=[])], rounds=5
    ).cases[0]
    assert case.caption_f1["1"].value is None
    assert case.false_per_hour.value is None
    assert "| all | 0 | 0 | - | - | - | - | - | - |" in table(measure([], rounds=5))


def test_the_interval_holds_the_value_and_narrows_with_more_videos() -> None:
    def mixed(count: int) -> list[ScoredVideo]:
        return [video([(0, 10)], [(0, 10)] if i % 3 else [(5, 30)], f"{i}") for i in range(count)]

    few, many = (measure(mixed(count)).cases[0].caption_f1["1"] for count in (9, 90))
    for figure in (few, many):
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < value(figure) < figure.high
    assert many.high - many.low < 0.5 * (few.high - few.low)  # type: ignore[operator]


def test_each_hard_case_has_its_own_figures() -> None:
    videos = [video([(0, 9)], [(0, 9)], "a"), video([], [(0, 9)], "b", "fade")]
    report = measure(videos, rounds=20)
    assert [case.kind for case in report.cases] == ["all", "clean", "fade"]
    assert [case.caption_f1["0"].value for case in report.cases] == [
        pytest.approx(2 / 3),
        1.0,
        0.0,
    ]
    assert "| fade | 1 | 1 | 0.000 |" in table(report)
