from collections.abc import Callable
from uuid import UUID

import pytest
from captionacc_cli.videos.choosing import VideoChoiceError, chosen_video, short_ids
from captionacc_contracts.api import VideoView

MakeVideo = Callable[..., VideoView]
ONE = UUID("aaaaaaaa-1111-4000-8000-000000000001")
OTHER = UUID("aaaaaaaa-1111-4000-8000-000000000002")
THIRD = UUID("bbbbbbbb-1111-4000-8000-000000000003")


@pytest.fixture
def videos(video: MakeVideo) -> list[VideoView]:
    return [
        video(id=ONE, display_name="holiday.mp4"),
        video(id=OTHER, display_name="holiday.mp4"),
        video(id=THIRD, display_name="aaaa"),
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [(str(ONE), ONE), (str(OTHER).upper(), OTHER), ("b", THIRD), (" bbbb ", THIRD)],
)
def test_a_video_is_named_by_its_id_or_the_start_of_it(
    videos: list[VideoView], text: str, meant: UUID
) -> None:
    assert chosen_video(text, videos).id == meant


def test_a_video_is_named_by_a_name_that_only_it_has(videos: list[VideoView]) -> None:
    assert chosen_video("holiday.mp4", videos[1:]).id == OTHER


def test_a_name_that_two_videos_have_is_refused_with_their_ids(videos: list[VideoView]) -> None:
    with pytest.raises(VideoChoiceError) as refused:
        chosen_video("holiday.mp4", videos)
    said = str(refused.value)
    assert said.startswith("2 videos match 'holiday.mp4': ")
    assert all(each in said for each in short_ids(videos[:2]).values())
    assert str(THIRD)[:8] not in said


def test_a_text_that_is_a_name_and_the_start_of_an_id_is_refused(videos: list[VideoView]) -> None:
    with pytest.raises(VideoChoiceError, match="3 videos match"):
        chosen_video("aaaa", videos)


@pytest.mark.parametrize("text", ["", " ", "c", "holiday", "Holiday.mp4", "a\x1b[31m"])
def test_an_unknown_video_is_refused_with_the_remedy(videos: list[VideoView], text: str) -> None:
    with pytest.raises(VideoChoiceError, match="captionacc list") as refused:
        chosen_video(text, videos)
    assert str(refused.value).isprintable()


def test_short_ids_are_long_enough_to_tell_videos_apart(videos: list[VideoView]) -> None:
    assert short_ids(videos[1:]) == {OTHER: "aaaaaaaa", THIRD: "bbbbbbbb"}
    assert short_ids(videos)[ONE] == str(ONE)


def test_a_long_list_of_videos_is_cut(video: MakeVideo) -> None:
    same = [video(id=UUID(int=number), display_name="a.mp4") for number in range(9)]
    with pytest.raises(VideoChoiceError, match=r"9 videos match 'a.mp4': .*, 4 more") as refused:
        chosen_video("a.mp4", same)
    assert str(refused.value).count("uploaded") == 5
