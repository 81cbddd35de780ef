"""The main job on a drawn clip, checked against the truth, Postgres, the store and contracts."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import jsonschema  # type: ignore[import-untyped]  # it comes with check-jsonschema, without types
import msgspec
import numpy as np
import pytest
import pytest_asyncio
from captionacc_cli.demo.demo import score
from captionacc_cli.results.timings import Timings
from captionacc_contracts import object_keys
from captionacc_contracts.frames import chunks
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.manifest import Manifest
from captionacc_contracts.sqlite_files import captions as captions_db
from captionacc_contracts.sqlite_files import extents as extents_db
from captionacc_contracts.sqlite_files import layout as layout_db
from captionacc_contracts.sqlite_files import raw_ocr
from captionacc_exports.writers.captions_json import CaptionsFile
from captionacc_exports.writers.truth import TrueCaption
from captionacc_media.cropping.chunk_decoding import decode_chunk
from captionacc_media.cropping.crop import YuvPicture
from captionacc_media.frames.container import open_video
from captionacc_media.frames.frame_grid import grid
from captionacc_observability import settings
from captionacc_stack import state
from captionacc_testkit.commands import Commands, Done
from captionacc_testkit.media import ClipCaption, make_clip
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import ObjectStore

CAPTIONS = (
    ClipCaption(start_s=0.0, end_s=3.5, text="The first line stands here"),
    ClipCaption(start_s=5.0, end_s=8.2, text="Another one comes after it"),
    ClipCaption(start_s=8.2, end_s=12.4, text="and this one follows at once"),
    ClipCaption(start_s=15.0, end_s=18.0, text="Nearly at the end of the clip"),
    ClipCaption(start_s=19.0, end_s=23.5, text="Thank you and goodbye"),
)
SECONDS = 25.0
SCHEMA = Path(__file__).parents[2] / "docs" / "captions.schema.json"


def index_at(seconds: float) -> int:
    return round(seconds * INDICES_PER_SECOND)


TRUTH = [
    TrueCaption(start_frame=index_at(c.start_s), end_frame=index_at(c.end_s) - 1, text=c.text)
    for c in CAPTIONS
]


@dataclass(frozen=True, kw_only=True)
class Job:
    """The finished main job: the files that the command wrote, and its rows and objects."""

    clip: Path
    out: Path
    done: Done
    video: dict[str, Any]
    database: "asyncpg.Connection[asyncpg.Record]"
    store: ObjectStore

    @property
    def prefix(self) -> str:
        return object_keys.chunks_prefix(
            self.video["tenant_id"], self.video["id"], self.video["cropped_frames_version"]
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def job(captionacc: Commands, videos: Path) -> AsyncIterator[Job]:
    clip = make_clip(
        videos / "main.mp4", size=(640, 360), fps=10, seconds=SECONDS, captions=CAPTIONS
    )
    out = videos / "main-out"
    done = await captionacc("run", clip, "--out", out, "--language", "en", "--tier", "premium")
    assert done.code == 0, done.said
    environment = state.load(captionacc.home / "stack.json").environment
    database = await asyncpg.connect(environment["SUPABASE_DB_URL"])
    try:
        row = await database.fetchrow(
            "select * from captionacc.videos where display_name = $1", clip.name
        )
        assert row is not None
        async with open_store(settings.load(StoreSettings, environment)) as store:
            yield Job(
                clip=clip, out=out, done=done, video=dict(row), database=database, store=store
            )
    finally:
        await database.close()


async def test_the_captions_are_those_of_the_clip(job: Job) -> None:
    found = msgspec.json.decode((job.out / "captions.json").read_bytes(), type=CaptionsFile)
    extents, text = score(found.captions, TRUTH)
    assert extents.f1 >= 0.9, found
    assert text.rate <= 0.1, found
    assert found.frame_count == index_at(SECONDS)
    raw = json.loads((job.out / "captions.json").read_text())
    jsonschema.validate(raw, json.loads(SCHEMA.read_text()))
    # The fields of the first version of the format stay.
    assert list(raw)[:4] == ["frame_rate", "frame_count", "crop_region", "captions"]
    assert raw["frame_rate"] == INDICES_PER_SECOND
    assert set(raw["crop_region"]) == {"crop_left", "crop_top", "crop_right", "crop_bottom"}
    first = raw["captions"][0]
    assert list(first)[:5] == ["start_frame", "end_frame", "text", "confidence", "ocr_confidence"]
    assert first["start_seconds"] == first["start_frame"] / INDICES_PER_SECOND
    assert first["box"] == raw["tracks"][0]["crop_region"] == raw["crop_region"]


async def test_subtitles_report_and_timings_are_written(job: Job) -> None:
    assert (job.out / "captions.srt").read_text().startswith("1\n00:00:0")
    assert (job.out / "captions.vtt").read_text().startswith("WEBVTT\n")
    assert sorted(path.name for path in job.out.iterdir()) == [
        "captions.json",
        "captions.srt",
        "captions.vtt",
        "report.html",
        "timings.json",
    ]
    report = (job.out / "report.html").read_text()
    # The first and the last frame of each caption stand beside each other.
    assert report.count("data:image/webp;base64,") == 2 * len(CAPTIONS)
    assert "data:video/mp4;base64," in report
    assert "http://" not in report
    timings = msgspec.json.decode((job.out / "timings.json").read_bytes(), type=Timings)
    assert timings.video_duration_seconds == pytest.approx(SECONDS, abs=0.2)
    assert timings.estimated_cloud_cost_usd.total > 0
    assert timings.peak_memory_mib["flow-worker"] > 20
    assert len(timings.functions) == 3
    assert timings.seconds_in_all > sum(timings.seconds.values()) * 0.5


async def test_postgres_holds_the_finished_video(job: Job) -> None:
    video = job.video
    assert (video["status"], video["caption_status"]) == ("active", "ready")
    assert video["error"] is None
    assert video["frame_count"] == index_at(SECONDS)
    assert video["full_frame_count"] == 3
    assert (video["width"], video["height"]) == (640, 360)
    rows = await job.database.fetch(
        "select * from captionacc.captions where video_id = $1 order by start_frame", video["id"]
    )
    at = 0
    for row in rows:
        assert row["start_frame"] == at
        at = row["end_frame"] + 1
        assert (row["state"] == "gap") == (row["caption_ocr_status"] is None)
    assert at == video["frame_count"]
    jobs = await job.database.fetch(
        "select * from captionacc.jobs where video_id = $1 order by requested_at", video["id"]
    )
    assert [row["kind"] for row in jobs] == [
        "video_initial_processing",
        "crop_and_infer",
        "captions_ocr",
    ]
    for row in jobs:
        assert (row["state"], row["lease_token"], row["tier"]) == ("done", None, "premium")
        assert row["flow_run_id"] is not None
    versions = await job.database.fetch(
        "select * from captionacc.cropped_frames_versions where video_id = $1", video["id"]
    )
    assert [row["status"] for row in versions] == ["active"]
    used = await job.database.fetch(
        "select * from captionacc.usage_metrics where video_id = $1", video["id"]
    )
    assert len(used) == 3
    assert all(row["estimated_usd"] > 0 for row in used)
    numbers = await job.database.fetch(
        "select number, kind from captionacc.events where video_id = $1 order by number",
        video["id"],
    )
    kinds = [row["kind"] for row in numbers]
    assert kinds.count("job.queued") == kinds.count("job.done") == 3
    assert "job.error" not in kinds


async def test_every_chunk_decodes_to_the_frames_of_its_indices(job: Job) -> None:
    manifest = msgspec.json.decode(
        await job.store.get(object_keys.manifest(job.prefix)), type=Manifest
    )
    plan = list(chunks.plan(manifest.frame_count))
    assert [chunk.path for chunk in manifest.chunks] == [chunk.id.path for chunk in plan]
    stored = {info.key.removeprefix(job.prefix) async for info in job.store.list(job.prefix)}
    medians = {path for path in stored if path.startswith("medians/")}
    assert stored - medians == {chunk.id.path for chunk in plan} | {"manifest.json"}
    assert len(medians) == len(CAPTIONS)
    found: dict[int, YuvPicture] = {}
    for chunk, entry in zip(plan, manifest.chunks, strict=True):
        data = await job.store.get(object_keys.chunk(job.prefix, chunk.id))
        assert len(data) == entry.size_bytes
        assert hashlib.sha256(data).hexdigest() == entry.sha256
        assert len(chunk.indices) == entry.frame_count
        found |= decode_chunk(data, chunk.indices)
    assert sorted(found) == list(range(manifest.frame_count))
    region = manifest.crop_region
    with open_video(job.clip) as source:
        count = 0
        for index, frame in grid(source):
            count += 1
            luma = found[index].luma.astype(np.float32)
            assert luma.shape == (manifest.height, manifest.width)
            true = _cropped_luma(
                frame.to_ndarray(format="gray").astype(np.uint8), region, luma.shape
            )
            # Neighbouring frames differ by seven steps of brightness, so another frame would show.
            assert abs(float(luma.mean() - true.mean())) < 3.0, index
    assert count == manifest.frame_count


def _cropped_luma(
    picture: "np.ndarray[Any, np.dtype[np.uint8]]", region: CropRegion, shape: tuple[int, int]
) -> "np.ndarray[Any, np.dtype[np.float32]]":
    height, width = picture.shape
    top, left = round(region.crop_top * height), round(region.crop_left * width)
    return picture[top : top + shape[0], left : left + shape[1]].astype(np.float32)


async def test_the_store_agrees_with_postgres(job: Job, tmp_path: Path) -> None:
    owner = job.video["tenant_id"], job.video["id"]
    version = job.video["cropped_frames_version"]

    async def fetched(key: str) -> Path:
        path = tmp_path / Path(key).name
        await job.store.get_to_file(key, path)
        return path

    for index in range(0, 300, 100):
        assert (await job.store.get(object_keys.full_frame(*owner, index))).startswith(b"\xff\xd8")
    rows = await job.database.fetch(
        "select * from captionacc.captions where video_id = $1 order by start_frame", owner[1]
    )
    snapshot = captions_db.read(await fetched(object_keys.captions_db(*owner)))
    assert [(row.id, row.start_frame, row.end_frame, row.caption_ocr) for row in snapshot] == [
        (row["id"], row["start_frame"], row["end_frame"], row["caption_ocr"]) for row in rows
    ]
    read, engine = raw_ocr.read(await fetched(object_keys.raw_ocr_db(*owner)))
    assert {row.frame_index for row in read} == {0, 100, 200}
    assert "rapidocr" in engine
    boxes, layout = layout_db.read(await fetched(object_keys.layout_db(*owner)))
    assert len(boxes) >= 3
    assert (layout.frame_width, layout.frame_height) == (640, 360)
    pairs, run = extents_db.read(await fetched(object_keys.extents_db(*owner, version)))
    assert run.cropped_frames_version == version
    assert run.total_pairs == len(pairs) == job.video["frame_count"] - 1
