"""Asks for the first job of uploads whose webhook was lost."""

from uuid import UUID

from captionacc_contracts.errors import CaptionAccError, PermanentError
from captionacc_contracts.limits import LimitReachedError
from captionacc_contracts.work.tiers import Tier
from captionacc_launching.asking import ask_for
from captionacc_launching.orders import Order
from captionacc_launching.priority_service import Scores
from captionacc_launching.uploads import first_job, refuse_upload, wait_for_limit
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Video

from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

# A webhook normally arrives within a second of its video.
_GRACE_S = 5.0


async def launch_videos(database: Database, priority: Scores, repairs: Repairs) -> None:
    """Launch the videos that have been without a job for longer than ``_GRACE_S``."""
    async with database.transaction() as session:
        videos = await session.videos.unlaunched(_GRACE_S)
    # A tenant's videos start in the order of their upload, so after one that has to wait, the
    # tenant's later ones are not tried.
    waiting_tenants: set[UUID] = set()
    for video in videos:
        if video.tenant_id in waiting_tenants:
            continue
        try:
            await _launch(video, database, priority, repairs)
        except LimitReachedError as error:
            waiting_tenants.add(video.tenant_id)
            await wait_for_limit(database, video, error)
        except CaptionAccError as error:
            log.warning("video_not_launched", video_id=str(video.id), error=str(error))


async def _launch(video: Video, database: Database, priority: Scores, repairs: Repairs) -> None:
    try:
        parameters = first_job(video)
    except PermanentError as error:
        await refuse_upload(database, video, error)
        repairs.add("videos_refused")
        return
    async with database.transaction() as session:
        tenant = await session.tenants.get(video.tenant_id)
    order = Order(
        video=video,
        tier=Tier.FREE if tenant is None else tenant.tier,
        parameters=parameters,
        requested_at=video.uploaded_at,
    )
    _job, created = await ask_for(order, database, priority)
    if created:
        repairs.add("videos_launched")
