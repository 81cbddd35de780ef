"""RapidVideOCR behind VideoSubFinder, which people use today, where both are installed."""

import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import srt
from captionacc_cli.demo.demo import score
from captionacc_cli.results.truth import load_truth
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_exports.writers.truth import TrueCaption

from benchmarks.main_job.measured import Run, Skipped, load, machine
from benchmarks.main_job.video import Clip

WAY = "VideoSubFinder, RapidVideOCR"
FINDER, READER = "VideoSubFinderWXW", "rapid_videocr"
_BOTTOM_SHARE = "0.3"


def measure(clip: Clip) -> Run | Skipped:
    """Take the video through both programs; VideoSubFinder gets the place of the captions."""
    for program, what in (
        (FINDER, "It finds the captions for RapidVideOCR and is built from its sources"),
        (READER, "`pip install rapid_videocr` in an environment of its own installs it"),
    ):
        if shutil.which(program) is None:
            return Skipped(way=WAY, reason=f"The program {program} is not on PATH. {what}.")
    before, began, cpu_before = load(), time.monotonic(), _cpu_s()
    with tempfile.TemporaryDirectory(prefix="captionacc-rapid-") as name:
        folder = Path(name)
        subprocess.run(
            [
                *(FINDER, "--clear_dirs", "--run_search", "--create_cleared_text_images"),
                *("--input_video", str(clip.video.video), "--output_dir", name),
                *("--bottom_video_image_percent_end", "0"),
                *("--top_video_image_percent_end", _BOTTOM_SHARE),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        found_s = time.monotonic() - began
        subprocess.run(
            [READER, "--img_dir", str(folder / "RGBImages"), "--save_dir", name],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        seconds = time.monotonic() - began
        captions = _captions(next(folder.rglob("*.srt")).read_text())
    extents, text = score(captions, load_truth(clip.video.truth).captions)
    return Run(
        way=WAY,
        minutes=clip.minutes,
        rows=clip.rows,
        cores=machine().cores,
        load=before,
        seconds_to_captions=seconds,
        seconds=seconds,
        cpu_s=_cpu_s() - cpu_before,
        peak_mib=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        stages={"VideoSubFinder": found_s, "RapidVideOCR": seconds - found_s},
        captions=len(captions),
        f1=extents.f1,
        cer=text.rate,
    )


def _captions(text: str) -> list[TrueCaption]:
    return [
        TrueCaption(
            start_frame=round(line.start.total_seconds() * INDICES_PER_SECOND),
            end_frame=round(line.end.total_seconds() * INDICES_PER_SECOND) - 1,
            text=line.content,
        )
        for line in srt.parse(text)
    ]


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
