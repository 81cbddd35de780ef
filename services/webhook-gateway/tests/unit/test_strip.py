from captionacc_contracts.frames.chunks import ChunkId, indices_in
from captionacc_webhook_gateway.pictures.strip import strip_of
from hypothesis import given
from hypothesis import strategies as st


@given(st.data())
def test_each_picture_is_at_its_position_in_its_chunk(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 5000))
    start = data.draw(st.integers(0, count - 1))
    end = data.draw(st.integers(start, count - 1))
    for each in strip_of(start, end, count):
        picture = each.picture("url", 1.5)
        assert indices_in(each.chunk, count)[picture.position] == each.frame_index
        assert picture.seconds == round(1.5 + each.frame_index / 10, 3)
        assert picture.position / 10 < picture.seek_seconds < (picture.position + 1) / 10


def test_frames_outside_the_video_are_left_out() -> None:
    assert [each.frame_index for each in strip_of(0, 9, 10)] == [0, 9]
    assert [each.frame_index for each in strip_of(3, 3, 10)] == [2, 3, 3, 4]


def test_the_chunk_of_a_path() -> None:
    chunk = ChunkId(level=4, start=128)
    assert ChunkId.of_path(chunk.path) == chunk
