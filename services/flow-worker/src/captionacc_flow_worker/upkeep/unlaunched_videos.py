"""Asks for jobs of videos that have none: their webhook was lost, or they wait for a limit."""

import asyncio
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
from captionacc_supabase.going_on import go_on
from captionacc_supabase.rows import Video

from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

# A webhook normally arrives within a second of its video.
_GRACE_S = 5.0
# Limits one pass, so that a flood of lost webhooks does not keep the other repairs waiting.
_LIMIT_S = 20.0
_PAGE = 200


async def launch_videos(database: Database, priority: Scores, repairs: Repairs) -> None:
    """Launch the videos that have been without a job for longer than ``_GRACE_S``."""
    # A tenant's videos start in the order of their upload, so after one that has to wait, the
    # tenant's later ones are not tried.
    waiting_tenants: set[UUID] = set()
    tried: set[UUID] = set()
    until = asyncio.get_running_loop().time() + _LIMIT_S
    while asyncio.get_running_loop().time() < until:
        async with database.transaction() as session:
            videos = await session.videos.unlaunched(
                _GRACE_S, _PAGE, but_not=tried, of_tenants_other_than=waiting_tenants
            )
        for video in videos:
            tried.add(video.id)
            if video.tenant_id not in waiting_tenants and not await _try(
                video, database, priority, repairs
            ):
                waiting_tenants.add(video.tenant_id)
        if len(videos) < _PAGE:
            return


async def _try(video: Video, database: Database, priority: Scores, repairs: Repairs) -> bool:
    """Launch the video; return false when it has to wait for a limit of its tenant."""
    try:
        await _launch(video, database, priority, repairs)
    except LimitReachedError as error:
        await wait_for_limit(database, video, error)
        return False
    except CaptionAccError as error:
        log.warning("video_not_launched", video_id=str(video.id), error=str(error))
    return True


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


async def go_on_with_videos(database: Database, repairs: Repairs) -> None:
    """Ask for the next step of unattended videos that wait for a limit of their tenant."""
    async with database.transaction() as session:
        videos = await session.videos.waiting_to_go_on(_PAGE)
    waiting_tenants: set[UUID] = set()
    for video in videos:
        if video.tenant_id in waiting_tenants:
            continue
        try:
            async with database.transaction() as session:
                latest = await session.jobs.latest(video.id)
                job = None if latest is None else await go_on(session, latest)
        except PermanentError as error:
            # The others must not wait for a video that cannot go on.
            log.warning("video_does_not_go_on", video_id=str(video.id), error=str(error))
            continue
        if job is None:
            waiting_tenants.add(video.tenant_id)
        else:
            repairs.add("videos_gone_on_with")
