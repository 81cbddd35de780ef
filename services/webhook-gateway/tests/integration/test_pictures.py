"""Pictures of a video, through a real object store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest_asyncio
from captionacc_contracts import object_keys
from captionacc_contracts.frames.chunks import plan
from captionacc_contracts.frames.extents import PairProbabilities, PairResult
from captionacc_contracts.frames.geometry import CropRegion, FrameRange
from captionacc_contracts.frames.manifest import Manifest, ManifestChunk
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.sqlite_files import extents, layout
from captionacc_contracts.sqlite_files.layout import LayoutBox, LayoutConfig
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.store import ObjectStore

FRAMES = 700
REGION = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=0.9)


class Scene:
    """A tenant's video with captions; ``get`` asks the gateway, ``fetch`` asks the store."""

    def __init__(self, gateway: Any, store: ObjectStore, tenant: UUID, video: UUID) -> None:
        self.gateway = gateway
        self.store = store
        self.tenant = tenant
        self.video = video
        self.owner = TenantId(tenant), VideoId(video)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        answer: httpx.Response = await self.gateway.client.get(
            f"/videos/{self.video}/{path}", headers=self.gateway.user(self.tenant) | headers
        )
        return answer

    async def fetch(self, url: str, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.get(url, headers=headers)


@pytest_asyncio.fixture(loop_scope="session")
async def scene(storing_gateway: Any) -> AsyncIterator[Scene]:
    tenant, video = await storing_gateway.video()
    async with open_store(storing_gateway.store) as store:
        yield Scene(storing_gateway, store, tenant, video)


async def test_the_upload_plays_from_its_address_in_ranges(scene: Scene) -> None:
    assert (await scene.get("media")).status_code == 404
    await scene.store.put(object_keys.upload(*scene.owner), b"0123456789", content_type="video/mp4")
    answer = (await scene.get("media")).json()
    assert (answer["size_bytes"], answer["content_type"]) == (10, "video/mp4")
    part = await scene.fetch(answer["url"], Range="bytes=3-5")
    assert (part.status_code, part.content) == (206, b"345")


async def test_full_frames_come_in_pages(scene: Scene) -> None:
    assert (await scene.get("full-frames")).json()["frames"] == []
    await scene.gateway.set_video(scene.video, start_seconds=1.5)
    for index in (0, 100, 200, 1_000_000):
        await scene.store.put(object_keys.full_frame(*scene.owner, index), str(index).encode())
    first = (await scene.get("full-frames?limit=2")).json()
    assert [(frame["frame_index"], frame["seconds"]) for frame in first["frames"]] == [
        (0, 1.5),
        (100, 11.5),
    ]
    assert (await scene.fetch(first["frames"][1]["url"])).content == b"100"
    second = (await scene.get(f"full-frames?limit=2&after={first['next_after']}")).json()
    assert [frame["frame_index"] for frame in second["frames"]] == [200, 1_000_000]
    assert second["next_after"] is None


async def put_chunks(scene: Scene) -> list[int]:
    ids: list[int] = await scene.gateway.ready_captions(scene.video, scene.tenant)
    await scene.gateway.set_video(scene.video, frame_count=FRAMES)
    prefix = object_keys.chunks_prefix(*scene.owner, 1)
    chunks = list(plan(FRAMES))
    manifest = Manifest(
        cropped_frames_version=1,
        frame_rate=10.0,
        frame_count=FRAMES,
        width=640,
        height=60,
        crop_region=REGION,
        chunks=[
            ManifestChunk(
                path=chunk.id.path,
                frame_count=len(chunk.indices),
                size_bytes=7,
                sha256="0" * 64,
            )
            for chunk in chunks
        ],
    )
    for chunk in chunks:
        await scene.store.put(object_keys.chunk(prefix, chunk.id), chunk.id.path.encode())
    await scene.store.put(object_keys.manifest(prefix), msgspec.json.encode(manifest))
    return ids


async def test_chunks_of_a_level_and_a_range_have_addresses(scene: Scene) -> None:
    assert (await scene.get("chunks")).status_code == 404
    await put_chunks(scene)
    every = (await scene.get("chunks")).json()
    assert len(every["chunks"]) == len(list(plan(FRAMES)))
    assert sum(chunk["frame_count"] for chunk in every["chunks"]) == FRAMES
    coarse = (await scene.get("chunks?level=16")).json()["chunks"]
    assert [(chunk["level"], chunk["first_frame"]) for chunk in coarse] == [(16, 0), (16, 512)]
    near = (await scene.get("chunks?from=130&to=131")).json()["chunks"]
    assert [(chunk["level"], chunk["first_frame"]) for chunk in near] == [
        (16, 0),
        (4, 128),
        (1, 128),
    ]
    fetched = await scene.fetch(near[1]["url"])
    assert fetched.content == b"modulo_4/chunk_0000000128.webm"
    assert (await scene.get("chunks?track=2")).status_code == 404


async def test_chunks_come_in_pages(scene: Scene) -> None:
    await put_chunks(scene)
    seen: list[tuple[int, int]] = []
    after: str | None = ""
    while after is not None:
        following = f"&after={after}" if after else ""
        page = (await scene.get(f"chunks?limit=10{following}")).json()
        assert len(page["chunks"]) <= 10
        seen += [(chunk["level"], chunk["first_frame"]) for chunk in page["chunks"]]
        after = page["next_after"]
    assert seen == [(chunk.id.level, chunk.id.start) for chunk in plan(FRAMES)]


async def test_the_strip_of_a_caption_leads_to_frames_in_chunks(scene: Scene) -> None:
    [first, _, last] = await put_chunks(scene)
    strip = (await scene.get(f"captions/{last}/strip")).json()
    pictures = strip["pictures"]
    assert [(each["place"], each["frame_index"]) for each in pictures] == [
        ("before_first", 14),
        ("first", 15),
        ("last", 29),
        ("after_last", 30),
    ]
    assert (await scene.fetch(pictures[0]["url"])).content == b"modulo_1/chunk_0000000000.webm"
    at_start = (await scene.get(f"captions/{first}/strip")).json()["pictures"]
    assert [each["place"] for each in at_start] == ["first", "last", "after_last"]
    assert (await scene.fetch(at_start[0]["url"])).content == b"modulo_16/chunk_0000000000.webm"
    assert (await scene.get("captions/9999999999/strip")).status_code == 404


async def test_the_strip_has_the_median_once_the_text_was_read(scene: Scene) -> None:
    *_, last = await put_chunks(scene)
    assert (await scene.get(f"captions/{last}/strip")).json()["median_url"] is None
    prefix = object_keys.chunks_prefix(*scene.owner, 1)
    frames = FrameRange(start_frame=15, end_frame=30)
    await scene.store.put(object_keys.median(prefix, frames), b"a picture")
    strip = (await scene.get(f"captions/{last}/strip")).json()
    assert (await scene.fetch(strip["median_url"])).content == b"a picture"
    assert len(strip["pictures"]) == 4


async def test_the_boxes_of_the_layout_come_as_json_until_they_change(
    scene: Scene, tmp_path: Path
) -> None:
    assert (await scene.get("layout")).status_code == 404
    box = LayoutBox(
        frame_index=100,
        box_index=0,
        bbox_left=0.1,
        bbox_top=0.8,
        bbox_right=0.9,
        bbox_bottom=0.9,
        text="字幕",
        label=None,
        predicted_label="in",
        predicted_confidence=0.9,
    )
    path = tmp_path / "layout.db.gz"
    config = LayoutConfig(frame_width=1280, frame_height=720)
    for boxes in ([box], []):
        layout.write(path, boxes, config)
        await scene.store.put_file(object_keys.layout_db(*scene.owner), path)
        answer = await scene.get("layout")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        found = answer.json()
        assert (found["frame_width"], len(found["boxes"])) == (1280, len(boxes))
        if boxes:
            assert found["boxes"][0]["text"] == "字幕"
        again = await scene.get("layout", **{"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_the_presence_of_text_comes_as_a_digit_per_frame(
    scene: Scene, tmp_path: Path
) -> None:
    assert (await scene.get("presence")).status_code == 404
    await put_chunks(scene)
    assert (await scene.get("presence")).status_code == 404
    same = PairProbabilities(same=0.8, different=0, empty_empty=0, empty_valid=0.2, valid_empty=0)
    now = datetime(2026, 1, 2, tzinfo=UTC)
    path = tmp_path / "extents.db.gz"
    extents.write(
        path,
        [PairResult(frame1_index=0, frame2_index=1, forward=same)],
        extents.RunMetadata(
            run_id=scene.video,
            cropped_frames_version=1,
            model_version="ab" * 32,
            started_at=now,
            completed_at=now,
            total_pairs=1,
            processing_time_seconds=1,
        ),
    )
    await scene.store.put_file(object_keys.extents_db(*scene.owner, 1), path)
    answer = await scene.get("presence")
    assert answer.json() == {"cropped_frames_version": 1, "track": 1, "levels": "89"}
    again = await scene.get("presence", **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await scene.get("presence?track=2")).status_code == 404


async def test_a_layout_that_is_not_one_is_an_error_of_ours(scene: Scene) -> None:
    await scene.store.put(object_keys.layout_db(*scene.owner), b"not gzip")
    answer = await scene.get("layout")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
