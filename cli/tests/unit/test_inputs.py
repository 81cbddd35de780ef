"""Which videos are processed, and where their results go."""

from pathlib import Path

import pytest
from captionacc_cli.command_line.checks import UsageError
from captionacc_cli.command_line.inputs import require_places, result_folders, videos_of
from captionacc_cli.results.folders import ResultFolder
from captionacc_contracts.frames.geometry import CropRegion


def touched(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_a_folder_gives_its_videos_by_name(tmp_path: Path) -> None:
    names = ["b.MKV", "a.mp4", "notes.txt", ".hidden.mp4", "deeper/c.mp4"]
    touched(*(tmp_path / name for name in names))
    assert [path.name for path in videos_of([tmp_path])] == ["a.mp4", "b.MKV"]


def test_a_video_that_is_named_twice_is_processed_once(tmp_path: Path) -> None:
    touched(tmp_path / "a.mp4", tmp_path / "odd.name")
    given = [tmp_path / "odd.name", tmp_path / "a.mp4", tmp_path]
    assert [path.name for path in videos_of(given)] == ["odd.name", "a.mp4"]


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.mp4 does not exist"):
        videos_of([tmp_path / "none.mp4"])
    with pytest.raises(UsageError, match="holds no file whose name ends as that of a video"):
        videos_of([tmp_path])


def test_checking_makes_no_folder(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    (folder,) = result_folders([Path("a.mp4")], out=out, shared=False, overwrite=False)
    assert folder == ResultFolder(path=out)
    assert list(tmp_path.iterdir()) == []


def test_a_named_folder_with_results_is_refused_unless_overwritten(tmp_path: Path) -> None:
    touched(tmp_path / "captions.srt")
    videos = [Path("a.mp4")]
    with pytest.raises(UsageError, match="--overwrite"):
        result_folders(videos, out=tmp_path, shared=False, overwrite=False)
    assert result_folders(videos, out=tmp_path, shared=False, overwrite=True) == [
        ResultFolder(path=tmp_path)
    ]


def test_several_videos_get_a_folder_each(tmp_path: Path) -> None:
    videos = [Path("x/a.mp4"), Path("y/a.mkv"), Path("b.mp4")]
    numbered = result_folders(videos, out=tmp_path, shared=True, overwrite=False)
    written = [folder.make() for folder in numbered]
    assert [path.name for path in written] == ["a-captions", "a-captions-2", "b-captions"]
    replaced = result_folders(videos, out=tmp_path, shared=True, overwrite=True)
    assert [folder.make() for folder in replaced] == written


def test_a_file_in_the_way_of_the_results_is_named(tmp_path: Path) -> None:
    touched(tmp_path / "out")
    with pytest.raises(UsageError, match="is a file"):
        result_folders([Path("a.mp4")], out=tmp_path / "out", shared=False, overwrite=False)


def test_places_that_cannot_be_searched_together_are_refused_before_work_starts() -> None:
    def line(top: float) -> CropRegion:
        return CropRegion(crop_left=0.0, crop_top=top, crop_right=1.0, crop_bottom=top + 0.1)

    require_places([])
    require_places([line(0.0), line(0.8)])
    with pytest.raises(UsageError, match="mostly show the same part"):
        require_places([line(0.8), line(0.82)])
    with pytest.raises(UsageError, match="5 crop regions were given"):
        require_places([line(0.2 * number) for number in range(4)] + [line(0.9)])
