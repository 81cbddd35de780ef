from collections.abc import Iterator
from dataclasses import dataclass

from captionacc_media.frames.times.packet_lookahead import LOOKAHEAD, with_next_pts
from hypothesis import given
from hypothesis import strategies as st


@dataclass(frozen=True)
class FakePacket:
    pts: int | None
    is_discard: bool = False


@st.composite
def streams(draw: st.DrawFn) -> list[int]:
    """Distinct times in a decoding order that strays at most 16 places from the shown one."""
    gaps = draw(st.lists(st.integers(1, 50), min_size=1, max_size=150))
    times = [sum(gaps[:number]) for number in range(len(gaps))]
    strays = draw(st.lists(st.integers(0, 15), min_size=len(times), max_size=len(times)))
    order = sorted(range(len(times)), key=lambda number: (number + strays[number], number))
    return [times[number] for number in order]


@given(streams())
def test_the_next_time_is_the_true_one_for_any_usual_reordering(times: list[int]) -> None:
    shown = sorted(times)
    following: dict[int | None, int | None] = dict(zip(shown, [*shown[1:], None], strict=True))
    found = list(with_next_pts([FakePacket(time) for time in times]))
    assert [packet.pts for packet, _ in found] == times
    assert all(following[packet.pts] == following_pts for packet, following_pts in found)


@given(st.lists(st.one_of(st.none(), st.integers(0, 300)), max_size=200))
def test_whatever_the_times_no_packet_is_lost_and_no_next_time_too_early(
    times: list[int | None],
) -> None:
    packets = [FakePacket(time) for time in times]
    found = list(with_next_pts(packets))
    assert [packet for packet, _ in found] == packets
    known = sorted({time for time in times if time is not None})
    for packet, following in found:
        if following is not None:
            assert packet.pts is not None
            assert following in known
            assert following > packet.pts
            assert following >= min(time for time in known if time > packet.pts)


def test_equal_times_and_hidden_pictures_have_no_next() -> None:
    packets = [FakePacket(0), FakePacket(5), FakePacket(5), FakePacket(7, True), FakePacket(9)]
    assert [following for _, following in with_next_pts(packets)] == [5, None, None, None, None]


def test_a_long_stream_keeps_no_more_than_the_lookahead() -> None:
    taken = 0

    def endless() -> Iterator[FakePacket]:
        nonlocal taken
        while True:
            taken += 1
            yield FakePacket(taken)

    found = with_next_pts(endless())
    for number in range(1, 1000):
        packet, following = next(found)
        assert (packet.pts, following) == (number, number + 1)
    assert taken <= 1000 + LOOKAHEAD
