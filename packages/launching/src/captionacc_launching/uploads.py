"""The first job of a video, and the refusal of an upload outside its tenant's folder."""

from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorReport, PermanentError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.languages.language import language_tag
from captionacc_contracts.limits import LimitReachedError
from captionacc_contracts.work.jobs import InitialProcessing, JobKind
from captionacc_contracts.work.states import VideoStatus
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Video


def video_key(video: Video) -> str:
    """Return the object key of the upload: the row's ``storage_key``, or the usual key.

    Raises:
        PermanentError: ``object_key_invalid``; the key is outside the tenant's folder.
    """
    return object_keys.upload_of(TenantId(video.tenant_id), VideoId(video.id), video.storage_key)


def first_job(video: Video, *, anew: bool = False) -> InitialProcessing:
    """Return the parameters of the first job of a video.

    Raises:
        PermanentError: ``object_key_invalid`` or ``language_invalid``; see :func:`refuse_upload`.
    """
    return InitialProcessing(
        video_key=video_key(video), language=language_tag(video.language), anew=anew
    )


async def refuse_upload(database: Database, video: Video, error: PermanentError) -> None:
    """Record on the video why its work does not start; the webhook's sender ignores answers.

    The video leaves the state ``uploaded``, so the reconciler does not try it again.
    """
    report = ErrorReport(
        code=error.code, message=error.message, stage=JobKind.VIDEO_INITIAL_PROCESSING.value
    )
    async with database.transaction() as session:
        await session.statuses.set_video(video.id, VideoStatus.ERROR, report)


async def wait_for_limit(database: Database, video: Video, error: LimitReachedError) -> None:
    """Show on the video which limit of its tenant it waits for.

    The video stays ``uploaded``, so the reconciler tries it again and starts it when there is
    room.
    """
    async with database.transaction() as session:
        await session.limits.note_waiting(video.id, error)
