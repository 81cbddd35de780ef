from uuid import UUID

import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.errors import PermanentError
from captionacc_contracts.frames.chunks import ChunkId
from captionacc_contracts.ids import TenantId, VideoId

TENANT = TenantId(UUID("00000000-0000-4000-8000-000000000001"))
VIDEO = VideoId(UUID("00000000-0000-4000-8000-000000000002"))


def test_keys_are_those_that_browsers_and_functions_know() -> None:
    base = f"{TENANT}/client/videos/{VIDEO}"
    assert object_keys.upload(TENANT, VIDEO) == f"{base}/video.mp4"
    assert object_keys.full_frame(TENANT, VIDEO, 100) == f"{base}/full_frames/frame_000100.jpg"
    prefix = object_keys.chunks_prefix(TENANT, VIDEO, 2)
    chunk = ChunkId(level=4, start=128)
    assert object_keys.chunk(prefix, chunk) == (
        f"{base}/cropped_frames_v2/modulo_4/chunk_0000000128.webm"
    )
    assert object_keys.extents_db(TENANT, VIDEO, 2) == (
        f"{TENANT}/server/videos/{VIDEO}/caption_frame_extents_v2.db.gz"
    )


@pytest.mark.parametrize("version", [1, 10])
def test_the_pairs_of_every_track_lie_under_one_of_two_prefixes(version: int) -> None:
    first = object_keys.extents_db(TENANT, VIDEO, version)
    others = object_keys.other_extents_prefix(TENANT, VIDEO, version)
    for track in range(2, 5):
        key = object_keys.extents_db(TENANT, VIDEO, version, track)
        assert key.startswith(others)
        assert not key.startswith(first)
        assert not key.startswith(object_keys.other_extents_prefix(TENANT, VIDEO, 11 - version))


def test_a_chunks_prefix_parses_back() -> None:
    prefix = object_keys.chunks_prefix(TENANT, VIDEO, 12)
    assert object_keys.parse_chunks_prefix(prefix) == (TENANT, VIDEO, 12)


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "x/y",
        f"{TENANT}/server/videos/{VIDEO}/cropped_frames_v1/",
        f"{'-' * 36}/client/videos/{VIDEO}/cropped_frames_v1/",
        f"{TENANT.hex}----/client/videos/{VIDEO}/cropped_frames_v1/",
        f"{TENANT}/client/videos/{VIDEO}/cropped_frames_v01/",
    ],
)
def test_another_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(PermanentError):
        object_keys.parse_chunks_prefix(prefix)


OUTSIDE = [
    "other/client/videos/v/video.mp4",
    *(
        f"{start}{TENANT}{end}"
        for start, end in (
            ("", ""),
            ("", "/../other/video.mp4"),
            ("", "//video.mp4"),
            ("", "x/video.mp4"),
            ("/", "/a"),
        )
    ),
]


@pytest.mark.parametrize("key", OUTSIDE)
def test_a_key_outside_the_tenants_prefix_is_refused(key: str) -> None:
    with pytest.raises(PermanentError):
        object_keys.require_under_tenant(key, TENANT)


def test_the_rows_own_key_wins_and_must_lie_under_its_tenant() -> None:
    assert object_keys.upload_of(TENANT, VIDEO, None) == object_keys.upload(TENANT, VIDEO)
    assert object_keys.upload_of(TENANT, VIDEO, f"{TENANT}/a.mov") == f"{TENANT}/a.mov"
    with pytest.raises(PermanentError):
        object_keys.upload_of(TENANT, VIDEO, f"{TENANT}/../a.mov")


def test_a_key_under_the_tenants_prefix_passes() -> None:
    key = f"{TENANT}/client/videos/v/名 'x'.mp4"
    assert object_keys.require_under_tenant(key, TENANT) == key
