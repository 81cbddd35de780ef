"""Videos that look uploaded, with a prepared answer for their compute call."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ExtractResult, Measured
from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.database import Database
from captionacc_supabase.rows import NewVideo
from captionacc_testkit import compute_results
from captionacc_wasabi.store import ObjectStore


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    video_id: UUID
    tenant_id: UUID


async def tenants(database: Database, count: int) -> list[UUID]:
    """Make tenants of the free tier without their own limits."""
    made = [uuid4() for _ in range(count)]
    async with database.transaction() as session:
        for tenant_id in made:
            await session.tenants.upsert(tenant_id, "bench", Tier.FREE, None)
    return made


def planned(owners: Sequence[UUID], count: int) -> list[Upload]:
    """Plan ``count`` videos, in turn for each owner; none of them exists yet."""
    return [
        Upload(video_id=uuid4(), tenant_id=owners[number % len(owners)]) for number in range(count)
    ]


async def upload(database: Database, store: ObjectStore, answers: Path, planned: Upload) -> None:
    """Make the row, the objects and the answer of a video.

    Call this just before the webhook: a worker launches a video that stays without a webhook, and
    it deletes objects without a row.
    """
    async with database.transaction() as session:
        await session.videos.insert(
            NewVideo(id=planned.video_id, tenant_id=planned.tenant_id, display_name="clip")
        )
    await _lay_out(store, answers, planned)


def extracted(tenant_id: UUID, video_id: UUID) -> ExtractResult:
    """The result of every compute call of these measurements."""
    tenant, video = TenantId(tenant_id), VideoId(video_id)
    return compute_results.extracted(
        raw_ocr_key=object_keys.raw_ocr_db(tenant, video),
        layout_key=object_keys.layout_db(tenant, video),
        measured=Measured(seconds={"work": 0.0}, ocr_engine="none", device="bench"),
    )


async def _lay_out(store: ObjectStore, answers: Path, upload: Upload) -> None:
    tenant, video = TenantId(upload.tenant_id), VideoId(upload.video_id)
    result = extracted(tenant, video)
    (answers / f"{upload.video_id}.json").write_bytes(msgspec.json.encode(result))
    frame = object_keys.full_frame(tenant, video, 0)
    for key in (result.raw_ocr_key, result.layout_key, frame):
        await store.put(key, b"x")
