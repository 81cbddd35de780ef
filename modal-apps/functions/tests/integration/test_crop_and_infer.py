import asyncio
import gzip
import sqlite3
import threading
from pathlib import Path
from uuid import UUID

import msgspec
import numpy as np
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.frames.chunks import plan
from captionacc_contracts.frames.extents import ExtentKind, PairLabel, tiles
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.manifest import Manifest
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.sqlite_files import extents as extents_file
from captionacc_contracts.work.compute import CropInferRequest, Progress
from captionacc_extents.network.network import CHANNELS, COLUMNS, ROWS, Bands, FrameFeatures
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_extents.network.weights import shipped_rules
from captionacc_modal.calls import crop_and_infer_caption_frame_extents as function
from captionacc_testkit.media import make_clip
from captionacc_wasabi.testing import InMemoryObjectStore
from numpy.typing import NDArray

TENANT, VIDEO = TenantId(UUID(int=1)), VideoId(UUID(int=2))
VIDEO_KEY = object_keys.upload(TENANT, VIDEO)
PREFIX = object_keys.chunks_prefix(TENANT, VIDEO, 7)
REQUEST = CropInferRequest(
    frame_rate=10.0,
    video_key=VIDEO_KEY,
    tenant_id=TENANT,
    video_id=VIDEO,
    crop_region=CropRegion(crop_left=0, crop_top=0.72, crop_right=1, crop_bottom=1),
    cropped_frames_version=7,
)


class WhiteTextNetwork:
    """Takes every white cell for text, without weights."""

    version = "white-text"
    rules = shipped_rules()
    device = "cpu"

    def encode(self, bands: Bands, static: NDArray[np.bool_] | None = None) -> FrameFeatures:
        cells = bands.reshape(len(bands), ROWS, 8, COLUMNS, 8).max(axis=(2, 4))
        text = (cells > 200).astype(np.float32)
        embedding = np.zeros((len(bands), CHANNELS, ROWS, COLUMNS), np.float32)
        embedding[:, 0] = text
        presence = np.where(text.sum(axis=(1, 2)) > 8, 8.0, -8.0).astype(np.float32)
        return FrameFeatures(embedding=embedding, text=text, presence=presence)

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        return features

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        change = np.abs(a.text - b.text).sum(axis=(1, 2))
        whole = np.maximum(a.text, b.text).sum(axis=(1, 2)) + 1
        return np.where(change / whole > 0.4, 8.0, -8.0).astype(np.float32)


class RecordingStore(InMemoryObjectStore):
    """Records the order of writes; keys that contain ``failing`` cannot be written."""

    def __init__(self, failing: str = "no key has this") -> None:
        super().__init__()
        self.written: list[str] = []
        self._failing = failing

    async def put(
        self, key: str, data: bytes, *, content_type: str = "application/octet-stream"
    ) -> None:
        self._note(key)
        await super().put(key, data, content_type=content_type)

    def _note(self, key: str) -> None:
        if self._failing in key:
            raise TransientError(ErrorCode.STORE_UNAVAILABLE, "The store does not answer.")
        self.written.append(key)


def ignore(_: Progress) -> None:
    pass


async def store_with(clip: Path, store: RecordingStore | None = None) -> RecordingStore:
    store = store or RecordingStore()
    await store.put_file(VIDEO_KEY, clip)
    store.written.clear()
    return store


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(
        tmp_path_factory.mktemp("clip") / "a.mp4",
        size=(640, 360),
        seconds=7,
        captions=[(1.0, 3.0, "First caption"), (4.0, 6.0, "SECOND ONE IS LONGER")],
    )


async def test_everything_is_stored_and_the_manifest_last(clip: Path, tmp_path: Path) -> None:
    store = await store_with(clip)
    seen: list[Progress] = []
    result = await function.run(
        REQUEST, store=store, network=WhiteTextNetwork(), progress=seen.append
    )
    assert store.written[-1] == object_keys.manifest(PREFIX)
    manifest = msgspec.json.decode(await store.get(store.written[-1]), type=Manifest)
    assert {PREFIX + chunk.id.path for chunk in plan(70)} == {
        PREFIX + chunk.path for chunk in manifest.chunks
    }
    for chunk in manifest.chunks:
        stored = await store.stat(PREFIX + chunk.path)
        assert stored is not None
        assert (stored.size_bytes, stored.content_type) == (chunk.size_bytes, "video/webm")
    assert (result.frame_count, result.chunk_count) == (70, len(manifest.chunks))
    assert result.total_bytes == sum(chunk.size_bytes for chunk in manifest.chunks)
    assert result.cropped_frames_prefix == PREFIX
    assert result.model_version == "white-text"
    assert tiles(result.extents, 70)
    captions = [each for each in result.extents if each.kind is ExtentKind.CAPTION]
    assert [(each.start_frame, each.end_frame) for each in captions] == [(10, 30), (40, 60)]
    assert sum(result.label_counts.values()) == 69
    assert set(result.label_counts) == {label.value for label in PairLabel}
    assert result.label_counts["empty_valid"] == result.label_counts["valid_empty"] == 2
    assert set(result.measured.seconds) == {"download", "crop_and_infer", "upload"}
    assert {each.stage for each in seen} == {"crop_and_infer", "upload"}
    assert (seen[-1].done, seen[-1].total) == (result.chunk_count, result.chunk_count)

    database = tmp_path / "extents.db.gz"
    await store.get_to_file(result.extents_key, database)
    pairs, run = extents_file.read(database)
    assert len(pairs) == run.total_pairs == 69
    assert (run.cropped_frames_version, run.model_version) == (7, "white-text")
    plain = tmp_path / "extents.db"
    plain.write_bytes(gzip.decompress(database.read_bytes()))
    with sqlite3.connect(plain) as connection:
        assert connection.execute("select count(*) from pair_results").fetchone() == (69,)


async def test_the_shipped_network_finds_extents_that_tile_the_video(clip: Path) -> None:
    store = await store_with(clip)
    network = OnnxNetwork()
    result = await function.run(REQUEST, store=store, network=network, progress=ignore)
    assert result.model_version == network.version
    assert tiles(result.extents, 70)


@pytest.mark.parametrize("failing", ["modulo_4", "caption_frame_extents"])
async def test_a_failed_upload_leaves_no_manifest(clip: Path, failing: str) -> None:
    store = await store_with(clip, RecordingStore(failing))
    with pytest.raises(TransientError):
        await function.run(REQUEST, store=store, network=WhiteTextNetwork(), progress=ignore)
    assert not await store.exists(object_keys.manifest(PREFIX))


async def test_chunks_are_stored_while_the_pass_goes_on(tmp_path: Path) -> None:
    store = await store_with(make_clip(tmp_path / "a.mp4", size=(160, 96), seconds=20))
    stored_before_the_end = threading.Event()

    def note(at: Progress) -> None:
        if at.stage == "crop_and_infer" and at.done == 150:
            # The first chunk of the finest level ended at frame 31.
            for _ in range(600):
                if store.written:
                    stored_before_the_end.set()
                    return
                threading.Event().wait(0.05)

    await function.run(REQUEST, store=store, network=WhiteTextNetwork(), progress=note)
    assert stored_before_the_end.is_set()
    assert store.written[-1] == object_keys.manifest(PREFIX)


async def test_a_second_run_leaves_the_same_chunks(clip: Path) -> None:
    store = await store_with(clip)
    first = await function.run(REQUEST, store=store, network=WhiteTextNetwork(), progress=ignore)
    manifest = await store.get(object_keys.manifest(PREFIX))
    second = await function.run(REQUEST, store=store, network=WhiteTextNetwork(), progress=ignore)
    assert await store.get(object_keys.manifest(PREFIX)) == manifest
    assert first.extents == second.extents


async def test_cancellation_stops_the_pass_and_stores_nothing(clip: Path) -> None:
    store = await store_with(clip)
    begun = threading.Event()

    def note(at: Progress) -> None:
        begun.set()

    class EndlessNetwork(WhiteTextNetwork):
        def encode(self, bands: Bands, static: NDArray[np.bool_] | None = None) -> FrameFeatures:
            threading.Event().wait(0.05)
            return super().encode(bands, static)

    task = asyncio.create_task(
        function.run(REQUEST, store=store, network=EndlessNetwork(), progress=note)
    )
    await asyncio.to_thread(begun.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.written == []
    ours = {"encode chunks", "infer extents"}
    assert ours.isdisjoint(thread.name for thread in threading.enumerate())


async def test_the_key_of_another_tenant_is_refused() -> None:
    other = object_keys.upload(TenantId(UUID(int=9)), VIDEO)
    with pytest.raises(PermanentError) as caught:
        await function.run(
            msgspec.structs.replace(REQUEST, video_key=other),
            store=RecordingStore(),
            network=WhiteTextNetwork(),
            progress=ignore,
        )
    assert caught.value.code is ErrorCode.OBJECT_KEY_INVALID


async def test_a_rate_other_than_10_hz_is_refused() -> None:
    with pytest.raises(PermanentError, match="10 Hz, not at 5 Hz"):
        await function.run(
            msgspec.structs.replace(REQUEST, frame_rate=5.0),
            store=RecordingStore(),
            network=WhiteTextNetwork(),
            progress=ignore,
        )


async def test_a_file_that_is_not_a_video_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "a.mp4"
    text.write_text("not a video")
    store = await store_with(text)
    with pytest.raises(PermanentError) as caught:
        await function.run(REQUEST, store=store, network=WhiteTextNetwork(), progress=ignore)
    assert caught.value.code is ErrorCode.VIDEO_UNREADABLE
    assert store.written == []
