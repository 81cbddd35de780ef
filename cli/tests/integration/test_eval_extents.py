import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from captionacc_cli.evaluation.extents import Evaluation
from captionacc_cli.results.truth import TruthError, load_truth
from captionacc_testkit.media import make_clip

CAPTIONS = [(1.0, 2.5, "The first caption"), (3.0, 4.5, "Another one here")]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    video = tmp_path / "clip.mp4"
    make_clip(video, size=(640, 360), fps=25, seconds=6, captions=CAPTIONS)
    return video


def truth_of(captions: list[tuple[int, int]], folder: Path, **more: object) -> Path:
    path = folder / "truth.json"
    rows = [{"start_frame": a, "end_frame": b, "text": "x"} for a, b in captions]
    path.write_bytes(msgspec.json.encode({"frame_rate": 10, "captions": rows, **more}))
    return path


def command(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "captionacc_cli", "eval-extents", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_video_is_scored_against_its_truth(clip: Path, tmp_path: Path) -> None:
    truth = truth_of([(10, 24), (30, 44)], tmp_path, kind="clean")
    done = command(clip, "--truth", truth, "--json")
    assert done.returncode == 0, done.stderr
    result = msgspec.json.decode(done.stdout, type=Evaluation)
    whole, clean = result.report.cases
    assert result.videos[0].frames == 60
    assert (whole.kind, clean.kind, whole.captions) == ("all", "clean", 2)
    assert whole.caption_f1["1"].value == 1.0, result.videos


def test_a_wrong_truth_file_is_reported_in_a_sentence(clip: Path, tmp_path: Path) -> None:
    wrong = truth_of([], tmp_path, frame_rate=25)
    done = command(clip, "--truth", wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert "has 25 frames per second" in done.stderr
    done = command(clip, clip, "--truth", wrong)
    assert done.returncode == 2
    assert "one file for each video" in done.stderr
    wrong.write_text("{")
    with pytest.raises(TruthError, match="is not a truth file"):
        load_truth(wrong)
    with pytest.raises(TruthError, match="cannot be read"):
        load_truth(tmp_path / "none.json")
