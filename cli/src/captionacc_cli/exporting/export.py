"""Write the captions of a video into a file."""

from pathlib import Path

from captionacc_contracts.api import VideoSummary
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_exports.cues import chosen
from captionacc_exports.file_names import file_name
from captionacc_exports.options import ExportOptions
from captionacc_observability import settings
from captionacc_stack import state
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings

from captionacc_cli.exporting.destination import Destination
from captionacc_cli.exporting.options import query_of
from captionacc_cli.exporting.strips import Strips
from captionacc_cli.videos.connection import Connection

_STRIPS_EXTENSION = "strips.zip"


async def export_captions(
    connection: Connection,
    video: VideoSummary,
    kind: str,
    options: ExportOptions,
    destination: Destination,
) -> Path:
    """Write a file of the format ``kind`` as the gateway makes it; returns its path.

    Raises:
        GatewayRefusalError: the gateway refused the export.
        FileExistsError: the named file is there and may not be replaced.
    """
    made = await connection.client.export(video.id, kind, query_of(options))
    with destination.opened(made.name, kind) as opened:
        opened.file.write(made.content)
    return opened.path


async def export_strips(
    connection: Connection,
    video: VideoSummary,
    options: ExportOptions,
    destination: Destination,
) -> tuple[Path, int]:
    """Write a zip with a picture per caption; returns its path and the number of pictures.

    Raises:
        PermanentError: the video has no cropped frames, or chunks of them are damaged.
        TransientError: the store did not answer.
        FileExistsError: the named file is there and may not be replaced.
    """
    version = video.cropped_frames_version
    if version is None:
        raise PermanentError(
            ErrorCode.STATE_CONFLICT,
            "The video has no cropped frames yet, so there are no pictures of its captions."
            " Approve a crop region first.",
        )
    found = await connection.client.captions(video.id)
    captions = chosen(found.captions, options)
    name = file_name(video.display_name, video.language, _STRIPS_EXTENSION)
    store_settings = settings.load(StoreSettings, connection.up.state.environment)
    with destination.opened(name, _STRIPS_EXTENSION) as opened:
        async with open_store(store_settings) as store:
            strips = Strips(
                store,
                tenant=TenantId(state.TENANT),
                video=VideoId(video.id),
                version=version,
            )
            await strips.write(captions, opened.file, options.offset_seconds)
    return opened.path, len(captions)
