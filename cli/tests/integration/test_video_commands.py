"""``list``, ``show``, ``export``, ``delete`` and ``reset`` on a real stack."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from captionacc_stack.home import Home
from captionacc_stack.lifecycle import locks
from captionacc_testkit.commands import Commands, make_home
from captionacc_testkit.media import ClipCaption, make_clip
from PIL import Image

CAPTIONS = (
    ClipCaption(start_s=0.3, end_s=2.0, text="Here it says something"),
    ClipCaption(start_s=3.0, end_s=5.5, text="The train is late again"),
)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A stack that is up, with a video that is done; ``folder`` is empty but for the video."""

    command: Commands
    folder: Path

    async def listed(self) -> list[dict[str, Any]]:
        done = await self.command("list", "--json")
        assert done.code == 0, done.said
        videos: list[dict[str, Any]] = json.loads(done.out)["videos"]
        return videos


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    folder = tmp_path_factory.mktemp("videos")
    clip = make_clip(folder / "holiday.mp4", size=(640, 360), fps=10, seconds=7, captions=CAPTIONS)
    command = Commands(home=make_home())
    try:
        for arguments in (
            ("up",),
            ("run", clip, "--out", folder / "run", "--crop", "0,0.7,1,1", "--language", "en"),
        ):
            done = await command(*arguments)
            assert done.code == 0, done.said
        yield Stand(command=command, folder=folder)
        await command("down")
    finally:
        command.remove()


async def test_the_video_is_listed_and_shown(stand: Stand) -> None:
    (video,) = await stand.listed()
    table = await stand.command("list")
    assert table.out.splitlines()[1].split()[:3] == [video["id"][:8], "active", "ready"]
    assert table.err == ""
    for text in ("holiday.mp4", video["id"], video["id"][:5]):
        shown = await stand.command("show", text)
        assert (shown.code, shown.err) == (0, "")
        assert "2, 0 of them confirmed, 0 without text" in shown.out
    as_json = json.loads((await stand.command("show", "holiday.mp4", "--json")).out)
    assert [job["state"] for job in as_json["jobs"]] == ["done"] * 3


async def test_an_unknown_video_is_wrong_usage(stand: Stand) -> None:
    for command in (["show", "other.mp4"], ["export", "x.mp4"], ["delete", "x.mp4", "--yes"]):
        done = await stand.command(*command)
        assert done.code == 2, done.said
        assert len(done.err.splitlines()) == 1
        assert "captionacc list" in done.err


@pytest.mark.parametrize("kind", ["srt", "vtt", "ass", "ttml", "csv", "txt", "json"])
async def test_captions_are_exported_in_every_format(
    stand: Stand, tmp_path: Path, kind: str
) -> None:
    for name in (f"holiday.en.{kind}", f"holiday.en-2.{kind}"):
        done = await stand.command("export", "holiday.mp4", "--format", kind, cwd=tmp_path)
        assert (done.code, done.out, done.err) == (0, f"{name}\n", "")
        assert CAPTIONS[1].text in (tmp_path / name).read_text()


async def test_the_options_of_an_export_reach_the_file(stand: Stand, tmp_path: Path) -> None:
    out = tmp_path / "a.srt"
    done = await stand.command(
        "export", "holiday.mp4", "-o", out, "--offset", "60", "--bom", "--crlf", "--track", "1"
    )
    assert done.code == 0, done.said
    content = out.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf1\r\n00:01:00,")
    again = await stand.command("export", "holiday.mp4", "-o", out, "--confirmed")
    assert again.code == 2
    assert "--overwrite" in again.err
    assert out.read_bytes() == content
    replaced = await stand.command("export", "holiday.mp4", "-o", out, "--confirmed", "--overwrite")
    assert replaced.code == 0, replaced.said
    assert out.read_bytes() == b""


async def test_a_refused_export_is_one_sentence_and_leaves_no_file(
    stand: Stand, tmp_path: Path
) -> None:
    for options in (["--format", "truth.json"], ["--format", "srt", "--gaps"]):
        done = await stand.command("export", "holiday.mp4", *options, cwd=tmp_path)
        assert done.code == 1, done.said
        assert len(done.err.splitlines()) == 1
        assert "Traceback" not in done.err
    assert names(tmp_path) == set()


async def test_strips_show_each_caption(stand: Stand, tmp_path: Path) -> None:
    done = await stand.command("export", "holiday.mp4", "--format", "strips", "-o", tmp_path)
    assert done.code == 0, done.said
    assert done.out == f"2 pictures in {tmp_path / 'holiday.en.strips.zip'}\n"
    with zipfile.ZipFile(tmp_path / "holiday.en.strips.zip") as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode())))
        assert [row["text"] for row in rows] == [each.text for each in CAPTIONS]
        assert archive.namelist()[1:] == [row["picture"] for row in rows]
        for row in rows:
            picture = Image.open(io.BytesIO(archive.read(row["picture"])))
            grey = np.asarray(picture.convert("L"))
            # Three pictures of the lowest 30 % of 640 x 360, each with white letters.
            assert picture.width == pytest.approx(3 * 640, abs=20)
            assert picture.height == pytest.approx(108, abs=4)
            third = picture.width // 3
            for left in range(0, 3 * third, third):
                assert grey[:, left + 8 : left + third - 8].max() > 230
    refused = await stand.command("export", "holiday.mp4", "--format", "strips", "--gaps")
    assert refused.code == 2


async def test_a_device_is_never_replaced(stand: Stand) -> None:
    done = await stand.command("export", "holiday.mp4", "-o", "/dev/null", "--overwrite")
    assert done.code == 2, done.said
    assert "/dev/null is not a file" in done.err


async def test_a_deleted_video_is_gone_with_its_files(stand: Stand) -> None:
    (video,) = await stand.listed()
    asked = await stand.command("delete", "holiday.mp4")
    assert asked.code == 2
    assert "--yes" in asked.err
    done = await stand.command("delete", video["id"][:8], "--yes")
    assert done.code == 0, done.said
    assert done.out.splitlines()[-1] == "holiday.mp4: all its files are gone."
    assert await stand.listed() == []
    assert "captionacc run" in (await stand.command("list")).out


async def test_a_reset_stops_the_stack_and_removes_its_data(stand: Stand) -> None:
    home = Home(root=stand.command.home)
    asked = await stand.command("reset")
    assert asked.code == 2
    assert "--yes" in asked.err
    async with locks.shared(home.users_lock):
        used = await stand.command("reset", "--yes")
    assert used.code == 1
    assert "Another captionacc command uses the stack" in used.err
    assert stand.command.left()
    done = await stand.command("reset", "--yes")
    assert done.code == 0, done.said
    assert "postgres" in done.out
    assert stand.command.left() == set()
    assert names(home.root) <= {"start.lock", "users.lock"}
    again = await stand.command("reset")
    assert (again.code, again.err) == (0, "")
    # A command on the empty home starts a stack for itself and stops it again.
    listed = await stand.command("list")
    assert listed.code == 0, listed.said
    assert listed.err.startswith("Starting the stack for this command")
    assert stand.command.left() == set()
