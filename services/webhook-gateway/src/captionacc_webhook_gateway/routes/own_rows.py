"""Reads the rows that a user may see: those of the user's own tenant."""

from uuid import UUID

from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.rows import Video
from captionacc_supabase.session import Session

from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.identity.user import User


async def own_video(session: Session, user: User, video_id: UUID) -> Video:
    """Return a video of the user's tenant.

    Raises:
        NotFoundError: The video does not exist or belongs to another tenant.
    """
    video = await session.videos.get_for_tenant(video_id, user.tenant_id)
    if video is None:
        message = f"There is no video {video_id}."
        raise NotFoundError(message)
    return video


async def own_video_and_tier(session: Session, user: User, video_id: UUID) -> tuple[Video, Tier]:
    """Return a video of the user's tenant, and the tenant's tier.

    Raises:
        NotFoundError: The video does not exist or belongs to another tenant.
    """
    video = await own_video(session, user, video_id)
    tenant = await session.tenants.get(user.tenant_id)
    if tenant is None:
        message = f"There is no tenant {user.tenant_id}."
        raise NotFoundError(message)
    return video, tenant.tier
