from datetime import UTC, datetime
from uuid import UUID

import pytest
from captionacc_supabase.uploads.repository import Upload
from captionacc_wasabi.uploads import MOST_PARTS, SMALLEST_PART_BYTES, SentPart
from captionacc_webhook_gateway.uploading import parts
from hypothesis import given
from hypothesis import strategies as st

MIB = 1024 * 1024


def upload(size_bytes: int) -> Upload:
    return Upload(
        id=UUID(int=1),
        tenant_id=UUID(int=2),
        video_id=UUID(int=3),
        display_name="clip.mp4",
        size_bytes=size_bytes,
        language=None,
        sha256=None,
        part_bytes=parts.part_bytes_of(size_bytes),
        storage_key="key",
        store_upload_id="store",
        created_by=UUID(int=4),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        expires_at=datetime(2026, 1, 2, tzinfo=UTC),
        completed_at=None,
        aborted_at=None,
    )


@given(st.integers(1, 5 * 1024**4))
def test_parts_cover_a_file_of_any_size_within_the_limits_of_s3(size_bytes: int) -> None:
    asked = upload(size_bytes)
    count = parts.part_count(asked)
    assert 1 <= count <= MOST_PARTS
    assert asked.part_bytes >= SMALLEST_PART_BYTES
    last = parts.part(asked, count)
    assert 0 < last.size_bytes <= asked.part_bytes
    assert (count - 1) * asked.part_bytes + last.size_bytes == size_bytes


@pytest.mark.parametrize(
    ("size_bytes", "part_bytes", "count"),
    [
        (1, 8 * MIB, 1),
        (8 * MIB, 8 * MIB, 1),
        (8 * MIB + 1, 8 * MIB, 2),
        (5 * 1024**3, 8 * MIB, 640),
    ],
)
def test_usual_sizes(size_bytes: int, part_bytes: int, count: int) -> None:
    asked = upload(size_bytes)
    assert (asked.part_bytes, parts.part_count(asked)) == (part_bytes, count)


def test_a_part_of_another_size_and_a_part_too_many_count_as_not_sent() -> None:
    asked = upload(20 * MIB)
    sent = [
        SentPart(number=1, size_bytes=8 * MIB, etag="a"),
        SentPart(number=2, size_bytes=8 * MIB - 1, etag="b"),
        SentPart(number=3, size_bytes=4 * MIB, etag="c"),
        SentPart(number=4, size_bytes=8 * MIB, etag="d"),
    ]
    have = parts.received(asked, sent)
    assert [each.number for each in have] == [1, 3]
    [lacking] = parts.missing(asked, have)
    assert (lacking.number, lacking.size_bytes) == (2, 8 * MIB)
