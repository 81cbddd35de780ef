"""Object keys in the store: a browser may read ``T/client/…``, never ``T/server/…``."""

import re
from uuid import UUID

from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.chunks import ChunkId
from captionacc_contracts.frames.geometry import FrameRange
from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_contracts.ids import TenantId, VideoId

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CHUNKS_PREFIX = re.compile(
    f"(?P<tenant>{_UUID})/client/videos/(?P<video>{_UUID})/cropped_frames_v(?P<version>[1-9][0-9]*)/"
    "(?:track_(?P<track>[2-9])/)?"
)
_FULL_FRAME = re.compile("/full_frames/frame_(?P<index>[0-9]{6,})\\.jpg$")


def client_prefix(tenant: TenantId, video: VideoId) -> str:
    return f"{tenant}/client/videos/{video}/"


def server_prefix(tenant: TenantId, video: VideoId) -> str:
    return f"{tenant}/server/videos/{video}/"


def upload(tenant: TenantId, video: VideoId) -> str:
    """Key of an upload whose row has no ``storage_key``."""
    return f"{client_prefix(tenant, video)}video.mp4"


def upload_of(tenant: TenantId, video: VideoId, storage_key: str | None) -> str:
    """Return the key of a row's upload; its own ``storage_key`` wins.

    Raises:
        PermanentError: ``object_key_invalid`` when the key lies outside the tenant's prefix.
    """
    return require_under_tenant(storage_key or upload(tenant, video), tenant)


def full_frames_prefix(tenant: TenantId, video: VideoId) -> str:
    return f"{client_prefix(tenant, video)}full_frames/"


def full_frame(tenant: TenantId, video: VideoId, index: int) -> str:
    return f"{full_frames_prefix(tenant, video)}frame_{index:06d}.jpg"


def index_of_full_frame(key: str) -> int | None:
    """The frame index in a :func:`full_frame`; None for another key."""
    match = _FULL_FRAME.search(key)
    return None if match is None else int(match["index"])


def layout_db(tenant: TenantId, video: VideoId) -> str:
    return f"{client_prefix(tenant, video)}layout.db.gz"


def suggested_crop(tenant: TenantId, video: VideoId) -> str:
    """The picture for operators: the first full frame with the suggested crop regions."""
    return f"{server_prefix(tenant, video)}suggested_crop.svg"


def raw_ocr_db(tenant: TenantId, video: VideoId) -> str:
    return f"{server_prefix(tenant, video)}raw-ocr.db.gz"


def chunks_prefix(tenant: TenantId, video: VideoId, version: int, track: int = FIRST_TRACK) -> str:
    """Prefix of a track's chunks; it is the first track's prefix that all others lie under."""
    return track_prefix(f"{client_prefix(tenant, video)}cropped_frames_v{version}/", track)


def track_prefix(first: str, track: int) -> str:
    """Prefix of a track's chunks, given the prefix ``first`` of the first track's."""
    return first if track == FIRST_TRACK else f"{first}track_{track}/"


def chunk(prefix: str, chunk_id: ChunkId) -> str:
    """Key of a chunk under ``prefix``, a :func:`chunks_prefix`."""
    return prefix + chunk_id.path


def manifest(prefix: str) -> str:
    """Key of the manifest under ``prefix``; it is written last, so it marks a complete version."""
    return f"{prefix}manifest.json"


def median(prefix: str, frames: FrameRange) -> str:
    """Key of the median picture of ``frames`` under ``prefix``, a :func:`chunks_prefix`."""
    return f"{prefix}medians/{frames.start_frame}-{frames.end_frame}.jpg"


def extents_db(tenant: TenantId, video: VideoId, version: int, track: int = FIRST_TRACK) -> str:
    """Key of the pair predictions of a track."""
    if track == FIRST_TRACK:
        return f"{server_prefix(tenant, video)}caption_frame_extents_v{version}.db.gz"
    return f"{other_extents_prefix(tenant, video, version)}{track}.db.gz"


def other_extents_prefix(tenant: TenantId, video: VideoId, version: int) -> str:
    """Prefix of the keys of the pair predictions of all tracks but the first one."""
    return f"{server_prefix(tenant, video)}caption_frame_extents_v{version}_track_"


def captions_db(tenant: TenantId, video: VideoId) -> str:
    return f"{client_prefix(tenant, video)}captions.db.gz"


def compute_result(tenant: TenantId, video: VideoId, digest: str) -> str:
    """The result of the compute call with this digest; it exists once the call has finished."""
    return f"{server_prefix(tenant, video)}compute/{digest}.result.json"


def compute_progress(tenant: TenantId, video: VideoId, digest: str) -> str:
    return f"{server_prefix(tenant, video)}compute/{digest}.progress.json"


def compute_claim(tenant: TenantId, video: VideoId, digest: str) -> str:
    """The claim on the work with this digest; a call writes it before anything else."""
    return f"{server_prefix(tenant, video)}compute/{digest}.claim.json"


def parse_chunks_prefix(prefix: str) -> tuple[TenantId, VideoId, int]:
    """Tenant, video and version of a :func:`chunks_prefix`.

    Raises:
        PermanentError: ``object_key_invalid`` when ``prefix`` has another form.
    """
    match = _CHUNKS_PREFIX.fullmatch(prefix)
    if match is None:
        raise PermanentError(
            ErrorCode.OBJECT_KEY_INVALID, f"{prefix!r} is not a prefix of cropped frames."
        )
    return (
        TenantId(UUID(match["tenant"])),
        VideoId(UUID(match["video"])),
        int(match["version"]),
    )


def require_under_tenant(key: str, tenant: TenantId) -> str:
    """Return ``key`` when it lies under the tenant's prefix.

    Raises:
        PermanentError: ``object_key_invalid`` when it does not, or walks upwards.
    """
    parts = key.split("/")
    if parts[0] != str(tenant) or len(parts) < 2 or any(part in ("", ".", "..") for part in parts):
        raise PermanentError(
            ErrorCode.OBJECT_KEY_INVALID,
            f"The object key {key[:200]!r} does not lie under the tenant's prefix {tenant}/.",
        )
    return key
