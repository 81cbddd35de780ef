"""A tenant that does nothing during a run: any change of its rows or objects is a fault."""

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
    """The idle tenant, made by ``settle``, and digests of its rows and objects."""

    def __init__(self, prints: dict[str, str]) -> None:
        self._prints = prints

    @classmethod
    async def settle(cls, stack: ChaosStack) -> "Bystander":
        """Put a finished video and its objects directly into the database and the store."""
        async with stack.database.transaction() as session:
            await session.tenants.upsert(TENANT, "bystander", Tier.FREE)
            await session.videos.insert(
                NewVideo(id=VIDEO, tenant_id=TENANT, display_name="untouched")
            )
            await session.statements.run(
                "update captionacc.videos set status = 'active', frame_count = 10 where id = $1",
                VIDEO,
            )
            await session.statements.run("delete from net.http_request_queue")
        for key in (
            object_keys.upload(TENANT, VIDEO),
            object_keys.captions_db(TENANT, VIDEO),
            object_keys.raw_ocr_db(TENANT, VIDEO),
        ):
            await stack.store.put(key, b"mine")
        return cls(await _prints(stack))

    async def touched(self, stack: ChaosStack) -> list[str]:
        """Sentences about its tables and objects that changed."""
        now = await _prints(stack)
        return [
            f"{name} of the idle tenant changed"
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
