from collections import Counter

import pytest
from captionacc_contracts.frames.chunks import (
    FRAMES_PER_WINDOW,
    LEVELS,
    ChunkId,
    chunk_of,
    indices_in,
    level_of,
    plan,
    position_of,
    window,
)
from hypothesis import given
from hypothesis import strategies as st

MOST_FRAMES = 3000


def test_every_index_of_every_length_lives_in_exactly_one_planned_chunk() -> None:
    # A video one frame longer differs only in the chunk that takes that frame, so one walk over
    # all lengths sees every plan whole.
    expected: dict[ChunkId, tuple[int, ...]] = {}
    for frame_count in range(1, MOST_FRAMES + 1):
        newest = frame_count - 1
        chunk = chunk_of(newest)
        expected[chunk] = (*expected.get(chunk, ()), newest)
        assert indices_in(chunk, frame_count) == expected[chunk]
        assert position_of(newest) == len(expected[chunk]) - 1
        if frame_count % 97 == 0 or frame_count < 600:
            assert {each.id: each.indices for each in plan(frame_count)} == expected


@given(st.integers(1, 5000))
def test_a_plan_holds_every_index_once(frame_count: int) -> None:
    held = Counter(index for chunk in plan(frame_count) for index in chunk.indices)
    assert held == Counter(range(frame_count))


@given(st.integers(1, 5000), st.data())
def test_an_index_is_found_again_at_its_position(frame_count: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, frame_count - 1))
    chunk = chunk_of(index)
    assert indices_in(chunk, frame_count)[position_of(index)] == index
    assert chunk.level == level_of(index)


@given(st.integers(1, 5000))
def test_names_follow_from_the_frame_count_alone(frame_count: int) -> None:
    planned = list(plan(frame_count))
    assert all(chunk.id.start % window(chunk.id.level) == 0 for chunk in planned)
    assert all(chunk.id.start < frame_count for chunk in planned)
    assert len({chunk.id.path for chunk in planned}) == len(planned)
    assert {chunk_of(index) for index in range(frame_count)} == {chunk.id for chunk in planned}


@pytest.mark.parametrize(("level", "frames"), [(16, 32), (4, 24), (1, 24)])
def test_a_whole_chunk_holds_32_or_24_frames(level: int, frames: int) -> None:
    for start in range(0, 5 * window(level), window(level)):
        assert len(indices_in(ChunkId(level=level, start=start), 10_000)) == frames
    assert window(level) == FRAMES_PER_WINDOW * level


def test_the_last_window_may_be_partial() -> None:
    planned = {chunk.id.path: chunk.indices for chunk in plan(34)}
    assert planned["modulo_16/chunk_0000000000.webm"] == (0, 16, 32)
    assert planned["modulo_4/chunk_0000000000.webm"] == (4, 8, 12, 20, 24, 28)
    assert planned["modulo_1/chunk_0000000032.webm"] == (33,)
    assert list(LEVELS) == [16, 4, 1]


def test_one_frame_needs_one_chunk() -> None:
    (only,) = plan(1)
    assert (only.id.path, only.indices) == ("modulo_16/chunk_0000000000.webm", (0,))
