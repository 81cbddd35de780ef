"""Every unusual or broken video gives the right result, or one sentence with an error code."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import av
import pytest
import pytest_asyncio
from captionacc_stack import state
from captionacc_testkit.commands import Commands, Done
from captionacc_testkit.media import ClipCaption, make_audio_only, make_clip

BOTTOM = "0,0.7,1,1"
FIRST = ClipCaption(start_s=0.0, end_s=1.9, text="Good morning everybody")
SECOND = ClipCaption(start_s=2.5, end_s=4.5, text="The train is late again")
LINES = ClipCaption(start_s=0.5, end_s=3.0, text="The upper line of two\nand the lower one")
STEADY: dict[str, Any] = {"size": (640, 360), "fps": 10}


@dataclass(frozen=True, kw_only=True)
class Case:
    make: Callable[[Path], object]
    name: str
    crop: str | None = BOTTOM


def _text(path: Path) -> None:
    path.write_text("This is a letter, not a video. " * 100)


def _without_pictures(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        container.start_encoding()


def _clip(**options: Any) -> Callable[[Path], object]:
    return lambda path: make_clip(path, **(STEADY | options))


def _irregular(path: Path) -> None:
    # 30 pictures per second, then 4, then 12: counting frames does not give their times.
    times = [i / 30 for i in range(60)] + [2 + i / 4 for i in range(4)]
    times += [3 + i / 12 for i in range(24)]
    make_clip(path, size=(640, 360), pts=times, captions=[FIRST, SECOND], last_duration_s=1 / 12)


CASES = {
    "no video": Case(name="letter.mp4", make=_text),
    "empty": Case(name="empty.mp4", make=lambda path: path.touch()),
    "no frames": Case(name="frameless.mp4", make=_without_pictures),
    "audio only": Case(name="sound.mp4", make=make_audio_only),
    "one frame": Case(name="one.mp4", make=_clip(seconds=0.1, captions=[FIRST])),
    "three seconds": Case(name="three.mp4", make=_clip(seconds=3, captions=[FIRST]), crop=None),
    "variable frame rate": Case(name="irregular.mp4", make=_irregular),
    "odd dimensions": Case(
        name="odd.mkv",
        make=_clip(
            size=(641, 361), codec="ffv1", pix_fmt="yuv444p", seconds=5, captions=[FIRST, SECOND]
        ),
    ),
    "rotated": Case(name="rotated.mp4", make=_clip(size=(360, 640), rotation=90, seconds=2)),
    "late start": Case(
        name="late.mp4", make=_clip(start_s=5.0, seconds=5, captions=[FIRST, SECOND])
    ),
    "no captions": Case(name="bare.mp4", make=_clip(seconds=12), crop=None),
    "two lines": Case(name="lines.mp4", make=_clip(seconds=4, captions=[LINES])),
    "hostile name": Case(
        name="a 'b' \"c\" <i>字幕; $(rm) %s.mp4", make=_clip(seconds=5, captions=[FIRST, SECOND])
    ),
}
AT_ONCE = 3


@dataclass(frozen=True, kw_only=True)
class Run:
    """``video`` is the row of the video; it is empty when no row was made."""

    done: Done
    out: Path
    video: dict[str, Any]

    def captions(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "captions.json").read_text())
        return found

    def spans(self) -> list[tuple[int, int]]:
        return [(c["start_frame"], c["end_frame"]) for c in self.captions()["captions"]]

    def texts(self) -> list[str]:
        return [c["text"] for c in self.captions()["captions"]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runs(captionacc: Commands, videos: Path) -> dict[str, Run]:
    """Every case, a few at a time on one stack."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> tuple[Done, Path]:
        async with gate:
            path, out = videos / case.name, videos / f"out of {case.name}"
            await asyncio.to_thread(case.make, path)
            crop = ("--crop", case.crop) if case.crop else ()
            return await captionacc("run", path, "--out", out, "--language", "en", *crop), out

    done = await asyncio.gather(*map(one, CASES.values()))
    environment = state.load(captionacc.home / "stack.json").environment
    database = await asyncpg.connect(environment["SUPABASE_DB_URL"])
    try:
        rows = {
            row["display_name"]: dict(row)
            for row in await database.fetch("select * from captionacc.videos")
        }
    finally:
        await database.close()
    return {
        name: Run(done=ended, out=out, video=rows.get(CASES[name].name, {}))
        for name, (ended, out) in zip(CASES, done, strict=True)
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("no video", "video_unreadable"),
        ("empty", "video_unreadable"),
        ("no frames", "video_without_pictures"),
        ("audio only", "video_without_pictures"),
    ],
)
async def test_a_file_that_is_not_a_video_is_refused_with_one_line_and_leaves_nothing(
    runs: dict[str, Run], name: str, code: str
) -> None:
    run = runs[name]
    assert run.done.code == 1, run.done.said
    lines = run.done.err.strip().splitlines()
    assert len(lines) == 1, run.done.said
    assert CASES[name].name in lines[0]
    assert f": {code}: " in lines[0]
    assert lines[0].endswith(".")
    assert run.video == {}
    assert not run.out.exists()


@pytest.mark.parametrize(
    "name", [name for name in CASES if name not in {"no video", "empty", "no frames", "audio only"}]
)
async def test_every_other_video_is_done(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    assert run.done.code == 0, run.done.said
    assert run.done.err == ""
    assert run.video["status"] == "active"
    assert (run.out / "report.html").stat().st_size > 1000


@pytest.mark.parametrize("name", ["variable frame rate", "odd dimensions", "late start"])
async def test_extents_are_right_for_unusual_containers(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    truth = [(0, 18), (25, 44)]
    assert len(run.spans()) == 2, run.captions()
    for found, true in zip(run.spans(), truth, strict=True):
        assert found == pytest.approx(true, abs=1), run.captions()
    assert run.texts() == [FIRST.text, SECOND.text]


async def test_one_frame_is_a_video(runs: dict[str, Run]) -> None:
    assert runs["one frame"].captions()["frame_count"] == 1


async def test_three_seconds_have_thirty_frames(runs: dict[str, Run]) -> None:
    run = runs["three seconds"]
    assert run.captions()["frame_count"] == 30
    assert run.texts() in ([], [FIRST.text])


async def test_a_rotated_video_is_measured_as_it_is_shown(runs: dict[str, Run]) -> None:
    video = runs["rotated"].video
    assert (video["width"], video["height"]) == (640, 360)


async def test_a_video_without_captions_is_a_result(runs: dict[str, Run]) -> None:
    run = runs["no captions"]
    assert "No captions were found." in run.done.out
    assert run.captions()["captions"] == []
    assert run.captions()["frame_count"] == 120
    assert (run.out / "captions.srt").read_text() == ""
    assert (run.out / "captions.vtt").read_text().strip() == "WEBVTT"


async def test_two_lines_are_one_caption(runs: dict[str, Run]) -> None:
    assert runs["two lines"].texts() == [LINES.text]


async def test_a_hostile_file_name_is_only_a_name(runs: dict[str, Run]) -> None:
    run = runs["hostile name"]
    assert run.texts() == [FIRST.text, SECOND.text]
    report = (run.out / "report.html").read_text()
    assert "<i>字幕" not in report
    assert "&lt;i&gt;字幕" in report


@pytest.mark.parametrize(
    "crop", ["0.5,0.5,0.4,0.9", "0,0,1.5,1", "-0.1,0,1,1", "0,0,0,0", "1,2,3", "a,b,c,d"]
)
async def test_a_crop_region_outside_the_picture_is_wrong_usage(
    captionacc: Commands, videos: Path, crop: str
) -> None:
    path = make_clip(videos / "never-run.mp4", seconds=0.2)
    done = await captionacc("run", path, f"--crop={crop}")
    assert done.code == 2, done.said
    assert "--crop" in done.err
    assert "Traceback" not in done.err


async def test_a_missing_file_and_a_folder_without_videos_are_wrong_usage(
    captionacc: Commands, videos: Path
) -> None:
    empty = videos / "empty folder"
    empty.mkdir()
    for path in (videos / "nowhere.mp4", empty):
        done = await captionacc("run", path)
        assert done.code == 2
        assert len(done.err.strip().splitlines()) == 1
        assert str(path) in done.err


async def test_several_videos_share_a_call_and_results_are_kept(
    captionacc: Commands, videos: Path
) -> None:
    folder = videos / "a series"
    folder.mkdir()
    for name in ("one.mp4", "two.mp4"):
        make_clip(folder / name, size=(640, 360), fps=10, seconds=3, captions=[FIRST])
    broken = videos / "broken.mp4"
    broken.write_text("no video")
    out = videos / "out of a series"
    crop = ("--crop", "0,0.7,1,1", "--language", "en")
    done = await captionacc("run", folder, broken, "--out", out, *crop)
    assert done.code == 1, done.said
    assert len(done.err.strip().splitlines()) == 1, done.said
    assert "2 of 3 videos done, 1 failed; 2 captions" in done.out
    assert sorted(path.name for path in out.iterdir()) == ["one-captions", "two-captions"]

    edited = out / "one-captions" / "captions.srt"
    edited.write_text("edited by hand")
    again = await captionacc("run", folder / "one.mp4", folder, "--out", out, *crop)
    assert again.code == 0, again.said
    assert edited.read_text() == "edited by hand"
    assert (out / "one-captions-2" / "captions.srt").exists()
