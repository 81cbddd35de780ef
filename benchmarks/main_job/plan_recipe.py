"""The main job as a plan would first write it: a pass of ffmpeg for each need, then our models.

Every frame is decoded for the full frames, and again for the cropped frames at 10 Hz; frames lie on
the disk as JPEG in between; the chunks are encoded from them; the model reads them one block at a
time; the captions are read one after the other. It gets the crop region, and does not look for it.
"""

import asyncio
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from captionacc_contracts.frames.extents import ExtentKind
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_extents.inference import ExtentsInference
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_media.cropping.band import luma_band
from captionacc_media.ocr.rapid import RapidOcr

from benchmarks.main_job.measured import Run, Skipped, load, machine
from benchmarks.main_job.video import Clip

WAY = "the plan's recipe"
CROP = "crop=iw:ih*0.3:0:ih*0.7"
LEVELS = (16, 4, 1)
"""The chunks hold every 16th frame, every 4th of the others, and the rest."""
_MEDIAN_FRAMES = 25
_VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "30", "-b:v", "0")


def measure(clip: Clip) -> Run | Skipped:
    """Take the video through the recipe; it is skipped where ffmpeg is missing."""
    if shutil.which("ffmpeg") is None:
        return Skipped(way=WAY, reason="The program ffmpeg is not on PATH.")
    before, began, cpu_before = load(), time.monotonic(), _cpu_s()
    with tempfile.TemporaryDirectory(prefix="captionacc-plan-") as folder:
        recipe = _Recipe(clip.video.video, Path(folder))
        captions = recipe.work()
    seconds = time.monotonic() - began
    return Run(
        way=WAY,
        minutes=clip.minutes,
        rows=clip.rows,
        cores=machine().cores,
        load=before,
        seconds_to_captions=seconds,
        seconds=seconds,
        cpu_s=_cpu_s() - cpu_before,
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        stages=recipe.stages,
        captions=captions,
    )


class _Recipe:
    """The stages, one after the other, and how long each took."""

    def __init__(self, video: Path, folder: Path) -> None:
        self._video = video
        self._folder = folder
        self._ocr = RapidOcr()
        self.stages: dict[str, float] = {}

    def work(self) -> int:
        """Returns the number of captions."""
        for name in ("full", "cropped"):
            (self._folder / name).mkdir()
        with self._stage("full frames"):
            self._ffmpeg("-i", str(self._video), "-vf", "fps=1/10", "full/%06d.jpg")
        with self._stage("read full frames"):
            for path in self._frames("full"):
                self._read(np.asarray(cv2.imread(str(path)), np.uint8))
        with self._stage("cropped frames"):
            rate = f"fps={INDICES_PER_SECOND},{CROP}"
            self._ffmpeg("-i", str(self._video), "-vf", rate, "-q:v", "2", "cropped/%06d.jpg")
        with self._stage("chunks"):
            self._chunks()
        with self._stage("infer"):
            extents = self._extents()
        with self._stage("read captions"):
            for start, end in extents:
                self._read(self._median(start, end))
        return len(extents)

    def _chunks(self) -> None:
        above = ""
        for level in LEVELS:
            own = f"not(mod(n,{level}))" + above
            above += f"*mod(n,{level})"
            self._ffmpeg(
                *("-framerate", str(INDICES_PER_SECOND), "-i", "cropped/%06d.jpg"),
                *("-vf", f"select='{own}'", "-fps_mode", "passthrough"),
                *_VP9,
                f"chunk-{level}.webm",
            )

    def _extents(self) -> list[tuple[int, int]]:
        inference = ExtentsInference(OnnxNetwork())
        for path in self._frames("cropped"):
            luma = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
            inference.add(luma_band(luma)[None])
        return [
            (each.start_frame, each.end_frame)
            for each in inference.finish().extents
            if each.kind is ExtentKind.CAPTION
        ]

    def _median(self, start: int, end: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
        paths = self._frames("cropped")[start:end]
        step = -(-len(paths) // _MEDIAN_FRAMES)
        pictures = [cv2.imread(str(path)) for path in paths[::step]]
        middle = np.median(np.stack([one for one in pictures if one is not None]), axis=0)
        return np.asarray(middle, np.uint8)

    def _read(self, picture: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> None:
        asyncio.run(self._ocr.read([np.ascontiguousarray(picture[:, :, ::-1])]))

    def _frames(self, name: str) -> list[Path]:
        return sorted((self._folder / name).iterdir())

    def _ffmpeg(self, *arguments: str) -> None:
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", *arguments], cwd=self._folder, check=True
        )

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.stages[name] = time.monotonic() - began


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
