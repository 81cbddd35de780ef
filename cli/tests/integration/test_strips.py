"""Strips of chunks that the store does not have."""

import io
from collections.abc import Callable
from typing import cast
from uuid import UUID

import pytest
from captionacc_cli.exporting.strips import Strips
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_wasabi.store import ObjectStore


class EmptyStore:
    async def get(self, key: str) -> bytes:
        raise PermanentError(ErrorCode.OBJECT_MISSING, f"{key} is missing.")


async def test_a_missing_chunk_is_said_in_one_sentence(row: Callable[..., CaptionView]) -> None:
    strips = Strips(
        cast(ObjectStore, EmptyStore()),
        tenant=TenantId(UUID(int=1)),
        video=VideoId(UUID(int=2)),
        version=3,
    )
    with pytest.raises(PermanentError, match=r"cropped_frames_v3/.* is missing"):
        await strips.write([row()], io.BytesIO(), 0.0)
