"""Turns rows of uploads into answers. Pure."""

from captionacc_contracts.web.uploads import UploadState, UploadSummary
from captionacc_supabase.uploads.repository import Upload

from captionacc_webhook_gateway.uploading import parts


def upload_summary(upload: Upload) -> UploadSummary:
    """Return the upload as a list shows it."""
    return UploadSummary(
        id=upload.id,
        video_id=upload.video_id,
        state=_state(upload),
        display_name=upload.display_name,
        size_bytes=upload.size_bytes,
        language=upload.language,
        part_bytes=upload.part_bytes,
        part_count=parts.part_count(upload),
        created_at=upload.created_at,
        expires_at=upload.expires_at,
        unattended=upload.unattended,
    )


def _state(upload: Upload) -> UploadState:
    if upload.completed_at is not None:
        return UploadState.COMPLETED
    return UploadState.OPEN if upload.aborted_at is None else UploadState.ABORTED
