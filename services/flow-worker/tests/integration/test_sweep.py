"""The sweep removes exactly what nobody needs; each test makes the leftovers first."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import Claim, ExtractRequest, digest_of
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_flow_worker.attempt.retry_or_give_up import RetryPolicy
from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.compute.local_compute import LocalCompute
from captionacc_flow_worker.upkeep.repairs import Repairs
from captionacc_flow_worker.upkeep.sweeping.old_versions import VersionAges
from captionacc_flow_worker.upkeep.sweeping.sweep import Sweep, SweepTimes
from captionacc_observability.clock import SystemClock
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job
from captionacc_supabase.uploads.repository import UploadToInsert
from captionacc_testkit.stored_rows import queue_job
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.local_calls import local_compute
from captionacc_wasabi.testing import InMemoryObjectStore

AT_ONCE = VersionAges(failed_kept_s=0, archived_kept_s=0)


@dataclass
class Place:
    """A database, a store and local calls, with no worker."""

    database: Database
    store: InMemoryObjectStore
    compute: LocalCompute
    services: Services

    def sweep(
        self,
        versions: VersionAges = AT_ONCE,
        *,
        call_grace_s: float = 0,
        calls_kept_s: float = 60,
        look_again_s: float = 3600,
    ) -> Sweep:
        times = SweepTimes(
            call_grace_s=call_grace_s,
            versions=versions,
            calls_kept_s=calls_kept_s,
            look_again_s=look_again_s,
            period_s=0,
        )
        return Sweep(self.services, times)

    async def swept(self, sweep: Sweep | None = None) -> dict[str, int]:
        repairs = Repairs()
        await (sweep or self.sweep()).run(repairs)
        return dict(repairs.counts)

    async def job(self, tenant: UUID | None = None) -> Job:
        return await queue_job(self.database, tenant)

    async def run(self, sql: str, *arguments: Any) -> None:
        async with self.database.transaction() as session:
            await session.statements.run(sql, *arguments)

    async def value(self, sql: str, *arguments: Any) -> Any:
        async with self.database.transaction() as session:
            return await session.statements.value(sql, *arguments)

    async def end(self, job: Job, state: str) -> None:
        await self.run(
            """
            update captionacc.jobs set state = $2, ended_at = now() - interval '1 minute'
            where id = $1
            """,
            job.id,
            state,
        )

    async def version(self, job: Job, status: str) -> str:
        """A version of the job's video with two objects; returns their common prefix."""
        await self.run(
            """
            insert into captionacc.cropped_frames_versions
                (video_id, version, tenant_id, job_id, status, crop_region, created_at,
                 activated_at)
            values ($1, 1, $2, $3, $4, '{}', now() - interval '1 hour', now() - interval '1 hour')
            """,
            job.video_id,
            job.tenant_id,
            job.id,
            status,
        )
        owner = TenantId(job.tenant_id), VideoId(job.video_id)
        prefix = object_keys.chunks_prefix(*owner, 1)
        await self.store.put(object_keys.manifest(prefix), b"x")
        await self.store.put(object_keys.extents_db(*owner, 1), b"x")
        return prefix

    async def keys(self) -> list[str]:
        return [info.key async for info in self.store.list("")]


@pytest_asyncio.fixture(loop_scope="session")
async def place(database_dsn: str, tmp_path: Path) -> AsyncIterator[Place]:
    database = await Database.connect(database_dsn, application_name="test", max_size=4)
    store = InMemoryObjectStore()
    compute = local_compute(tmp_path)
    services = Services(
        ocr_engine=OcrEngineName.RAPIDOCR,
        database=database,
        store=store,
        compute=compute,
        local_calls=compute,
        priority=None,  # type: ignore[arg-type]  # a sweep scores nothing
        retry=RetryPolicy(),
        clock=SystemClock(),
    )
    try:
        yield Place(database, store, compute, services)
    finally:
        for running in await compute.running():
            await compute.cancel(running.call)
        await database.close()


def request_of(job: Job) -> ExtractRequest:
    return ExtractRequest(
        video_key="v",
        tenant_id=TenantId(job.tenant_id),
        video_id=VideoId(job.video_id),
        language="sleep=60",
    )


async def test_what_is_in_use_stays(place: Place) -> None:
    job = await place.job()
    await place.version(job, "processing")
    await place.compute.submit(request_of(job))
    before = await place.keys()

    assert await place.swept() == {}
    assert await place.keys() == before
    assert len(await place.compute.running()) == 1


async def test_a_call_for_a_video_without_work_is_stopped_after_the_grace_time(
    place: Place,
) -> None:
    job = await place.job()
    await place.compute.submit(request_of(job))
    await place.end(job, "done")

    assert await place.swept(place.sweep(call_grace_s=3600)) == {}
    assert await place.swept() == {"calls_stopped": 1}
    assert await place.compute.running() == []
    assert await place.swept() == {}


async def test_a_call_for_a_deleted_video_is_stopped(place: Place) -> None:
    job = await place.job()
    await place.compute.submit(request_of(job))
    await place.run("delete from captionacc.videos where id = $1", job.video_id)

    assert await place.swept() == {"calls_stopped": 1}
    assert await place.compute.running() == []


async def test_a_call_that_an_ended_job_left_running_is_stopped_and_forgotten(place: Place) -> None:
    job = await place.job()
    call = await place.compute.submit(request_of(job))
    await place.run("update captionacc.jobs set compute_call = $2 where id = $1", job.id, call)
    await place.end(job, "error")
    claim = object_keys.compute_claim(TenantId(job.tenant_id), VideoId(job.video_id), call.digest)
    body = Claim(call_id=call.call_id, function=call.function, digest=call.digest)
    await place.store.put(claim, msgspec.json.encode(body))

    assert await place.swept(place.sweep(call_grace_s=3600)) == {"calls_stopped": 1}
    assert await place.compute.running() == []
    assert not await place.store.exists(claim)
    left = await place.value("select compute_call from captionacc.jobs where id = $1", job.id)
    assert left is None
    assert await place.swept() == {}


async def test_an_unfinished_version_of_an_ended_job_fails_and_loses_its_objects(
    place: Place,
) -> None:
    job = await place.job()
    await place.version(job, "processing")
    await place.end(job, "cancelled")

    assert await place.swept() == {"versions_failed": 1, "objects_removed": 2}
    status = await place.value(
        "select status from captionacc.cropped_frames_versions where video_id = $1", job.video_id
    )
    assert status == "failed"
    assert await place.keys() == []
    assert await place.swept() == {}


async def test_a_replaced_version_keeps_its_objects_for_a_while_and_the_active_one_always(
    place: Place,
) -> None:
    old, current = await place.job(), await place.job()
    await place.version(old, "archived")
    prefix = await place.version(current, "active")
    for job in (old, current):
        await place.end(job, "done")

    assert await place.swept(place.sweep(VersionAges(failed_kept_s=0))) == {}
    assert await place.swept() == {"objects_removed": 2}
    assert object_keys.manifest(prefix) in await place.keys()
    assert len(await place.keys()) == 2


async def test_a_version_of_several_tracks_loses_the_objects_of_all(place: Place) -> None:
    job = await place.job()
    await place.version(job, "archived")
    await place.end(job, "done")
    owner = TenantId(job.tenant_id), VideoId(job.video_id)
    for version in (1, 10):
        prefix = object_keys.chunks_prefix(*owner, version, 2)
        await place.store.put(object_keys.manifest(prefix), b"x")
        await place.store.put(object_keys.extents_db(*owner, version, 2), b"x")

    assert await place.swept() == {"objects_removed": 4}
    assert all("_v10" in key for key in await place.keys())
    assert len(await place.keys()) == 2


async def test_a_deleted_video_loses_its_objects_except_the_upload(place: Place) -> None:
    kept, gone = await place.job(), await place.job()
    other = await place.job(gone.tenant_id)
    for job in (kept, gone, other):
        await place.end(job, "done")
        owner = TenantId(job.tenant_id), VideoId(job.video_id)
        for key in (
            object_keys.upload(*owner),
            object_keys.full_frame(*owner, 0),
            object_keys.layout_db(*owner),
            object_keys.captions_db(*owner),
            object_keys.manifest(object_keys.chunks_prefix(*owner, 1)),
            object_keys.extents_db(*owner, 1),
            object_keys.manifest(object_keys.chunks_prefix(*owner, 1, 2)),
            object_keys.extents_db(*owner, 1, 2),
            object_keys.raw_ocr_db(*owner),
            object_keys.compute_result(*owner, "d"),
            object_keys.compute_progress(*owner, "d"),
            object_keys.compute_claim(*owner, "d"),
        ):
            await place.store.put(key, b"x")
    await place.run("delete from captionacc.videos where id = $1", gone.video_id)

    assert await place.swept() == {"objects_removed": 11}

    upload = object_keys.upload(TenantId(gone.tenant_id), VideoId(gone.video_id))
    left = await place.keys()
    assert [key for key in left if str(gone.video_id) in key] == [upload]
    assert len(left) == 25
    assert await place.swept() == {}


async def delete(place: Place, job: Job) -> None:
    """What the API does when a person deletes the video."""
    async with place.database.transaction() as session:
        assert await session.deletions.delete(job.video_id, job.tenant_id)


async def events(place: Place, job: Job) -> list[str]:
    async with place.database.transaction() as session:
        found = await session.events.after(job.tenant_id, 0)
    return [event.kind.value for event in found if event.video_id == job.video_id]


async def test_a_video_that_a_person_deleted_loses_its_upload_too_and_it_is_said(
    place: Place,
) -> None:
    kept = await place.job()
    gone = await place.job(kept.tenant_id)
    for job in (kept, gone):
        owner = TenantId(job.tenant_id), VideoId(job.video_id)
        await place.store.put(object_keys.upload(*owner), b"x")
        await place.store.put(object_keys.full_frame(*owner, 0), b"x")
        await place.store.put(object_keys.raw_ocr_db(*owner), b"x")
    await delete(place, gone)
    assert (await events(place, gone))[-1] == "video.deleted"

    assert await place.swept() == {"objects_removed": 3}

    assert len(await place.keys()) == 3
    assert all(str(kept.video_id) in key for key in await place.keys())
    assert (await events(place, gone))[-2:] == ["video.deleted", "video.objects_deleted"]
    # A call that ended late has written meanwhile.
    late = object_keys.layout_db(TenantId(gone.tenant_id), VideoId(gone.video_id))
    await place.store.put(late, b"x")
    assert await place.swept() == {}
    assert await place.swept(place.sweep(look_again_s=0)) == {"objects_removed": 1}
    assert (await events(place, gone)).count("video.objects_deleted") == 1
    assert await place.value("select count(*) from captionacc.deleted_videos") == 0


async def test_a_video_that_cannot_be_emptied_now_does_not_keep_the_others_waiting(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [await place.job() for _ in range(2)]
    for job in jobs:
        owner = TenantId(job.tenant_id), VideoId(job.video_id)
        await place.store.put(object_keys.upload(*owner), b"x")
        await delete(place, job)
    delete_objects = place.store.delete

    async def refuse(keys: Iterable[str]) -> None:
        asked = list(keys)
        if any(str(jobs[0].video_id) in key for key in asked):
            raise TransientError(ErrorCode.STORE_UNAVAILABLE, "away")
        await delete_objects(asked)

    with monkeypatch.context() as patched:
        patched.setattr(place.store, "delete", refuse)
        assert await place.swept() == {"objects_removed": 1}
    assert "video.objects_deleted" not in await events(place, jobs[0])
    assert "video.objects_deleted" in await events(place, jobs[1])
    assert await place.swept() == {"objects_removed": 1}
    assert "video.objects_deleted" in await events(place, jobs[0])


async def test_a_deleted_video_leaves_the_uploads_of_other_videos(place: Place) -> None:
    shared = await place.job()
    prefix = f"{shared.tenant_id}/client/videos/{shared.video_id}"
    keys = [f"{prefix}/video.mp4", f"{prefix}/mine.mp4", f"{shared.tenant_id}/elsewhere.mp4"]
    for key in keys:
        await place.store.put(key, b"x")
    other = await place.job(shared.tenant_id)
    third = await place.job(shared.tenant_id)
    for job, key in ((shared, keys[2]), (other, keys[0]), (third, keys[2])):
        await place.run(
            "update captionacc.videos set storage_key = $2 where id = $1", job.video_id, key
        )
    await delete(place, shared)
    assert await place.swept() == {"objects_removed": 1}
    assert await place.keys() == sorted([keys[0], keys[2]])
    await delete(place, third)
    assert await place.swept() == {"objects_removed": 1}
    assert await place.keys() == [keys[0]]


async def test_a_call_for_a_video_that_a_person_deleted_is_stopped(place: Place) -> None:
    job = await place.job()
    request = request_of(job)
    call = await place.compute.submit(request)
    owner, digest = (request.tenant_id, request.video_id), digest_of(request)
    claim = Claim(call_id=call.call_id, function=FunctionName.EXTRACT_FRAMES_AND_OCR, digest=digest)
    await place.store.put(object_keys.compute_claim(*owner, digest), msgspec.json.encode(claim))
    await delete(place, job)

    found = await place.swept(place.sweep(call_grace_s=3600))

    assert found == {"calls_stopped": 1, "objects_removed": 1}
    assert await place.compute.running() == []


async def test_an_upload_that_was_never_completed_is_removed_after_its_time(place: Place) -> None:
    tenant = uuid4()
    keys = [f"{tenant}/client/videos/{n}/video.mp4" for n in range(3)]
    ids = []
    for key, kept_s in zip(keys, (0.0, 3600.0, 0.0), strict=True):
        store_id = await place.store.uploads.begin(key, content_type="video/mp4")
        place.store.uploads.receive(key, store_id, 1, b"part")
        async with place.database.transaction() as session:
            upload = await session.uploads.insert(
                UploadToInsert(
                    tenant_id=tenant,
                    video_id=uuid4(),
                    display_name="clip",
                    size_bytes=4,
                    language=None,
                    sha256=None,
                    part_bytes=8,
                    storage_key=key,
                    store_upload_id=store_id,
                    created_by=uuid4(),
                ),
                kept_s=kept_s,
            )
        ids.append(upload)
    # The last one was joined, but its request was cut before the row of the video came.
    sent = await place.store.uploads.sent(keys[2], ids[2].store_upload_id)
    assert sent
    await place.store.uploads.complete(keys[2], ids[2].store_upload_id, sent)

    assert await place.swept() == {"uploads_removed": 2}

    assert await place.store.uploads.sent(keys[0], ids[0].store_upload_id) is None
    assert await place.store.uploads.sent(keys[1], ids[1].store_upload_id)
    assert await place.keys() == []
    left = await place.value("select array_agg(id) from captionacc.uploads")
    assert left == [ids[1].id]


async def test_the_call_that_holds_a_claim_of_a_deleted_video_is_stopped(place: Place) -> None:
    job = await place.job()
    request = request_of(job)
    call = await place.compute.submit(request)
    owner, digest = (request.tenant_id, request.video_id), digest_of(request)
    claim = Claim(call_id=call.call_id, function=FunctionName.EXTRACT_FRAMES_AND_OCR, digest=digest)
    await place.store.put(object_keys.compute_claim(*owner, digest), msgspec.json.encode(claim))
    await place.run("delete from captionacc.videos where id = $1", job.video_id)

    found = await place.swept(place.sweep(call_grace_s=3600))

    assert found == {"calls_stopped": 1, "objects_removed": 1}
    assert await place.compute.running() == []


async def test_the_next_sweep_goes_on_where_a_long_one_stopped(place: Place) -> None:
    tenants = sorted([uuid4() for _ in range(3)])
    jobs = [await place.job(tenant) for tenant in tenants for _ in range(120)]
    for job in jobs:
        owner = TenantId(job.tenant_id), VideoId(job.video_id)
        await place.store.put(object_keys.raw_ocr_db(*owner), b"x")
    await place.run("delete from captionacc.videos")
    sweep = place.sweep()

    assert await place.swept(sweep) == {"objects_removed": 300}
    assert await place.swept(sweep) == {"objects_removed": 60}
    assert await place.keys() == []


async def test_ended_local_calls_are_forgotten(place: Place) -> None:
    job = await place.job()
    quick = msgspec.structs.replace(request_of(job), language="sleep=0")
    await place.compute.result(await place.compute.submit(quick), 30)
    await eventually(lambda: _none_runs(place), 10)

    assert await place.swept(place.sweep(calls_kept_s=0)) == {"calls_forgotten": 1}


async def _none_runs(place: Place) -> bool:
    return not await place.compute.running()
