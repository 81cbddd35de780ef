"""Uploads a file in parts, a few at a time, so that only these are in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from captionacc_wasabi.store import ReportSent, StoreLimits

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef

# Short, since the caller waits for it after its own time is up.
ABORT_TIMEOUT_S = 15.0


@dataclass(frozen=True, kw_only=True)
class UploadTarget:
    """The object that an upload makes."""

    bucket: str
    key: str
    content_type: str


async def upload_parts(
    client: "S3Client",
    target: UploadTarget,
    path: Path,
    limits: StoreLimits,
    report: ReportSent | None = None,
) -> None:
    """Upload the file at ``path`` in parts, and report the bytes of each.

    The object appears when the last request succeeds; after any failure the parts are dropped. The
    caller limits the total time and translates the errors of the S3 client.
    """
    bucket, key = target.bucket, target.key
    upload = await client.create_multipart_upload(
        Bucket=bucket, Key=key, ContentType=target.content_type
    )
    upload_id = upload["UploadId"]

    async def send(number: int, data: bytes) -> "CompletedPartTypeDef":
        answer = await client.upload_part(
            Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=data
        )
        if report is not None:
            report(len(data))
        return {"PartNumber": number, "ETag": answer["ETag"]}

    try:
        parts = await _send_all(send, path, limits)
        await client.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
    except BaseException:
        await asyncio.shield(_abort(client, bucket, key, upload_id))
        raise


async def _send_all(
    send: "Callable[[int, bytes], Awaitable[CompletedPartTypeDef]]", path: Path, limits: StoreLimits
) -> "list[CompletedPartTypeDef]":
    size = (await asyncio.to_thread(path.stat)).st_size
    at_once = asyncio.Semaphore(limits.parts_at_once)

    async def send_part(number: int) -> "CompletedPartTypeDef":
        async with at_once:
            offset = (number - 1) * limits.part_bytes
            return await send(
                number, await asyncio.to_thread(_read, path, offset, limits.part_bytes)
            )

    count = -(-size // limits.part_bytes)
    try:
        async with asyncio.TaskGroup() as group:
            sent = [group.create_task(send_part(number)) for number in range(1, count + 1)]
    except BaseExceptionGroup as failures:
        # The first failure cancelled the other tasks, so it is the cause.
        raise failures.exceptions[0] from None
    return [task.result() for task in sent]


def _read(path: Path, offset: int, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(count)


async def _abort(client: "S3Client", bucket: str, key: str, upload_id: str) -> None:
    try:
        async with asyncio.timeout(ABORT_TIMEOUT_S):
            await client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
    except Exception:  # noqa: BLE001  a failed clean-up must not hide the failed upload
        # The caller raises the failure of the upload, which matters more. The bucket's lifecycle
        # rule removes parts that stay behind.
        return
