"""Upload a video as the web app does: the file into the store, then a row."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.tiers import Tier
from captionacc_observability import settings
from captionacc_supabase.database import Database
from captionacc_supabase.rows import NewVideo
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings

from captionacc_cli.main_job.progress import Reporter

_MB = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file, and what the row of its video says."""

    video: Path
    title: str
    tenant: TenantId
    video_id: VideoId
    language: str | None
    tier: Tier
    unattended: bool

    async def send(self, environment: Mapping[str, str], reporter: Reporter) -> None:
        """Store the file, then insert the row, whose webhook starts the work."""
        size = self.video.stat().st_size
        await self._store(size, environment, reporter)
        database = await Database.connect(
            environment["SUPABASE_DB_URL"], application_name="captionacc-run", max_size=1
        )
        try:
            async with database.transaction() as session:
                await session.tenants.upsert(self.tenant, "local", self.tier)
                await session.videos.insert(
                    NewVideo(
                        id=self.video_id,
                        tenant_id=self.tenant,
                        display_name=self.title,
                        size_bytes=size,
                        size_checked=True,
                        language=self.language,
                        unattended=self.unattended,
                    )
                )
        finally:
            await database.close()

    async def _store(self, size: int, environment: Mapping[str, str], reporter: Reporter) -> None:
        sent = 0

        def report_sent(more: int) -> None:
            nonlocal sent
            sent += more
            reporter.update("MB", round(sent / _MB), round(size / _MB))

        reporter.update("MB", 0, round(size / _MB))
        key = object_keys.upload(self.tenant, self.video_id)
        kind = mimetypes.guess_type(self.video.name)[0] or "application/octet-stream"
        async with open_store(settings.load(StoreSettings, environment)) as store:
            await store.put_file(key, self.video, content_type=kind, report=report_sent)
