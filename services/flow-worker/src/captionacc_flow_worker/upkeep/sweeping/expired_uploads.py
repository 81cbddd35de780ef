"""Removes uploads that were never completed, and rows of uploads that became videos."""

from captionacc_contracts.errors import CaptionAccError
from captionacc_observability.logging import get_logger

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

# Per pass; an upload of a thousand parts takes Swift some seconds to drop.
_UPLOADS = 20
_ROWS = 500


async def remove_expired_uploads(services: Services, repairs: Repairs) -> None:
    """Drop the parts of uploads whose time is over, then their rows.

    A row stays until its parts are gone, so that an interrupted removal goes on in a later pass.
    """
    async with services.database.transaction() as session:
        uploads = await session.uploads.abort_expired(_UPLOADS)
        await session.uploads.forget_completed(_ROWS)
    for upload in uploads:
        # A later pass tries again; one upload must not keep the others waiting.
        try:
            await services.store.uploads.abort(upload.storage_key, upload.store_upload_id)
            # The parts may have been joined, although the file was never looked at.
            await services.store.delete([upload.storage_key])
            async with services.database.transaction() as session:
                await session.uploads.forget(upload.id)
        except CaptionAccError as error:
            log.warning("upload_not_removed", upload_id=str(upload.id), error=str(error))
        else:
            repairs.add("uploads_removed")
            log.info("expired_upload_removed", upload_id=str(upload.id))
