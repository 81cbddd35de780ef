"""A tenant that was there before and does nothing: whatever changes of it was touched wrongly."""

import hashlib
from uuid import UUID

from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.rows import NewVideo

from captionacc_testkit.chaos.stack import ChaosStack

TENANT = TenantId(UUID("00000000-0000-4000-8000-00000000b157"))
VIDEO = VideoId(UUID("00000000-0000-4000-8000-00000000b158"))
TABLES = ("videos", "jobs", "captions", "cropped_frames_versions", "usage_metrics", "events")


class Bystander:
    """Made by ``settle``."""

    def __init__(self, prints: dict[str, str]) -> None:
        self._prints = prints

    @classmethod
    async def settle(cls, stack: ChaosStack) -> "Bystander":
        """Put a finished video with its objects into the stack, past every service."""
        async with stack.database.transaction() as session:
            await session.tenants.upsert(TENANT, "bystander", Tier.FREE)
            await session.videos.insert(
                NewVideo(id=VIDEO, tenant_id=TENANT, display_name="untouched")
            )
            await session.statements.run(
                "update captionacc.videos set status = 'active', frame_count = 10 where id = $1",
                VIDEO,
            )
            await session.statements.run("delete from supabase_functions.outbox")
        for key in (
            object_keys.upload(TENANT, VIDEO),
            object_keys.captions_db(TENANT, VIDEO),
            object_keys.raw_ocr_db(TENANT, VIDEO),
        ):
            await stack.store.put(key, b"mine")
        return cls(await _prints(stack))

    async def touched(self, stack: ChaosStack) -> list[str]:
        """Which of its tables and objects are not as they were."""
        now = await _prints(stack)
        return [
            f"{name} of a tenant that does nothing changed"
            for name in sorted(self._prints.keys() | now.keys())
            if self._prints.get(name) != now.get(name)
        ]


async def _prints(stack: ChaosStack) -> dict[str, str]:
    found = {}
    async with stack.database.transaction() as session:
        for name in TABLES:
            rows = await session.statements.records(
                f"select to_jsonb(t)::text as body from captionacc.{name} t"
                " where tenant_id = $1 order by 1",
                TENANT,
            )
            text = "\n".join(row["body"] for row in rows)
            found[name] = hashlib.sha256(text.encode()).hexdigest()
    async for info in stack.store.list(f"{TENANT}/"):
        found[info.key] = info.etag
    return found
