"""Complete work that the store cannot take is kept, and sent later without computing it again."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import CaptionOcrResult, ComputeResult, Measured, Progress
from captionacc_modal import patience
from captionacc_modal.call_files import CallFiles
from captionacc_modal.outbox import Outbox
from captionacc_testkit.waiting import eventually
from captionacc_wasabi.store import OCTETS
from captionacc_wasabi.testing import InMemoryObjectStore

TENANT, VIDEO = TenantId(UUID(int=1)), VideoId(UUID(int=2))
RESULT = CaptionOcrResult(
    ocr_text="hello", confidence=0.9, measured=Measured(seconds={"ocr": 2.0}, call_id="the call")
)


class FullStore(InMemoryObjectStore):
    """Refuses writes while it is ``full``, and notes the order of the objects that it took."""

    def __init__(self, *, full: bool = False) -> None:
        super().__init__()
        self.full = full
        self.refused = 0
        self.order: list[str] = []

    async def put(self, key: str, data: bytes, *, content_type: str = OCTETS) -> None:
        if self.full:
            self.refused += 1
            raise TransientError(ErrorCode.STORE_UNAVAILABLE, "The store answered 503.")
        await super().put(key, data, content_type=content_type)
        self.order.append(key)


class Work:
    """Writes frames and a manifest, and counts how often it does so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.done = 0

    async def __call__(self, files: CallFiles) -> ComputeResult:
        self.done += 1
        for number in range(3):
            frame = self._folder / f"{number}.jpg"
            frame.write_bytes(bytes([number]))
            await files.put_file(f"frame_{number}", frame, content_type="image/jpeg")
            frame.unlink()
        await files.put("manifest", b"whole", content_type="application/json")
        return RESULT


def ignored(_progress: Progress) -> None:
    return None


async def perform(outbox: Outbox, store: InMemoryObjectStore, work: Work) -> ComputeResult:
    result = await outbox.result("digest", store, work)
    return await outbox.send(store, result, ignored)


async def test_objects_reach_the_store_and_the_manifest_comes_last(tmp_path: Path) -> None:
    store, work = FullStore(), Work(tmp_path)

    await perform(Outbox(tmp_path / "kept"), store, work)

    assert sorted(store.order[:3]) == ["frame_0", "frame_1", "frame_2"]
    assert store.order[3:] == ["manifest"]
    assert await store.get("frame_2") == b"\x02"


async def test_work_that_was_not_stored_is_sent_by_the_next_process(tmp_path: Path) -> None:
    store, work = FullStore(full=True), Work(tmp_path)
    with pytest.raises(TransientError) as raised:
        await perform(Outbox(tmp_path / "kept"), store, work)
    assert raised.value.code is ErrorCode.STORE_UNAVAILABLE
    store.full = False

    result = await perform(Outbox(tmp_path / "kept"), store, work)

    assert work.done == 1
    assert len(store.order) == 4
    # The usage of the call is recorded once, under the same id.
    assert result.measured.call_id == "the call"
    assert result.measured.seconds["ocr"] == 2.0


async def test_sending_goes_on_while_the_store_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_FIRST_PAUSE_S", 0.01)
    store, work = FullStore(full=True), Work(tmp_path)
    sending = asyncio.create_task(perform(Outbox(tmp_path / "kept", patience_s=60), store, work))
    await eventually(lambda: store.refused >= 9, 30)
    store.full = False

    await sending

    assert work.done == 1
    assert len(store.order) == 4


async def test_the_folder_is_empty_once_the_result_is_stored(tmp_path: Path) -> None:
    store, work = FullStore(), Work(tmp_path)
    outbox = Outbox(tmp_path / "kept")
    await perform(outbox, store, work)

    await outbox.finish(lambda: store.put("result", b"{}"))

    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("damage", ["other digest", "cut file", "no marker"])
async def test_kept_work_that_does_not_fit_is_computed_again(tmp_path: Path, damage: str) -> None:
    store, work = FullStore(), Work(tmp_path)
    await Outbox(tmp_path / "kept").result("digest", store, work)
    if damage == "cut file":
        (tmp_path / "kept" / "000001").write_bytes(b"")
    elif damage == "no marker":
        (tmp_path / "kept" / "complete.json").unlink()

    digest = "another" if damage == "other digest" else "digest"
    await Outbox(tmp_path / "kept").result(digest, store, work)

    assert work.done == 2


async def test_an_error_that_no_patience_mends_is_raised_at_once(tmp_path: Path) -> None:
    class Refusing(InMemoryObjectStore):
        async def put(self, key: str, data: bytes, *, content_type: str = OCTETS) -> None:
            raise PermanentError(ErrorCode.STORE_UNAVAILABLE, f"No bucket for {key}.")

    with pytest.raises(PermanentError):
        await perform(Outbox(tmp_path / "kept", patience_s=60), Refusing(), Work(tmp_path))


class Cropping:
    """Writes two chunks, waits, and then writes the manifest, or fails."""

    def __init__(self, folder: Path, go_on: asyncio.Event, error: Exception | None = None) -> None:
        self._folder = folder
        self._go_on = go_on
        self._error = error

    async def __call__(self, files: CallFiles) -> ComputeResult:
        for number in range(2):
            chunk = self._folder / f"{number}.webm"
            chunk.write_bytes(bytes([number]))
            await files.put_file(f"chunk_{number}", chunk, content_type="video/webm")
        await self._go_on.wait()
        if self._error is not None:
            raise self._error
        await files.put("manifest", b"whole", content_type="application/json")
        return RESULT


async def test_chunks_reach_the_store_while_the_work_goes_on(tmp_path: Path) -> None:
    store, go_on = FullStore(), asyncio.Event()
    outbox = Outbox(tmp_path / "kept")
    work = asyncio.create_task(outbox.result("digest", store, Cropping(tmp_path, go_on)))
    await eventually(lambda: len(store.order) == 2)
    assert set(store.order) == {"chunk_0", "chunk_1"}
    go_on.set()
    seen: list[Progress] = []
    await outbox.send(store, await work, seen.append)
    assert store.order[2:] == ["manifest"]
    assert (seen[-1].done, seen[-1].total) == (3, 3)


async def test_chunks_that_the_store_did_not_take_early_are_sent_at_the_end(tmp_path: Path) -> None:
    store, go_on = FullStore(full=True), asyncio.Event()
    outbox = Outbox(tmp_path / "kept")
    work = asyncio.create_task(outbox.result("digest", store, Cropping(tmp_path, go_on)))
    await eventually(lambda: store.refused > 0)
    store.full = False
    go_on.set()
    await outbox.send(store, await work, ignored)
    assert set(store.order[:2]) == {"chunk_0", "chunk_1"}
    assert store.order[2:] == ["manifest"]


async def test_work_that_fails_leaves_no_chunk_under_way(tmp_path: Path) -> None:
    go_on, begun = asyncio.Event(), asyncio.Event()
    # Servers of other tests may have tasks on this loop.
    before = asyncio.all_tasks()

    class SlowStore(FullStore):
        async def put(self, key: str, data: bytes, *, content_type: str = OCTETS) -> None:
            begun.set()
            await asyncio.Event().wait()

    failing = Cropping(tmp_path, go_on, PermanentError(ErrorCode.RESULT_INCOMPLETE, "Not whole."))
    work = asyncio.create_task(Outbox(tmp_path / "kept").result("digest", SlowStore(), failing))
    await begun.wait()
    go_on.set()
    with pytest.raises(PermanentError, match="Not whole"):
        await work
    assert asyncio.all_tasks() <= before
