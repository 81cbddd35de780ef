"""Uploads a file in parts, a few at a time, so that only these are in memory."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from captionacc_wasabi.store import StoreLimits

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef

# Short, since the caller waits for it after its own time is up.
ABORT_TIMEOUT_S = 15.0


async def upload_parts(
    client: "S3Client", bucket: str, key: str, path: Path, content_type: str, limits: StoreLimits
) -> None:
    """Upload the file at ``path`` in parts.

    The object appears when the last request succeeds; after any failure the parts are dropped. The
    caller limits the total time and translates the errors of the S3 client.
    """
    upload = await client.create_multipart_upload(Bucket=bucket, Key=key, ContentType=content_type)
    upload_id = upload["UploadId"]
    try:
        parts = await _send(client, bucket, key, path, upload_id, limits)
        await client.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
    except BaseException:
        await asyncio.shield(_abort(client, bucket, key, upload_id))
        raise


async def _send(
    client: "S3Client", bucket: str, key: str, path: Path, upload_id: str, limits: StoreLimits
) -> "list[CompletedPartTypeDef]":
    size = (await asyncio.to_thread(path.stat)).st_size
    at_once = asyncio.Semaphore(limits.parts_at_once)

    async def send(number: int) -> "CompletedPartTypeDef":
        async with at_once:
            offset = (number - 1) * limits.part_bytes
            data = await asyncio.to_thread(_read, path, offset, limits.part_bytes)
            answer = await client.upload_part(
                Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=data
            )
            return {"PartNumber": number, "ETag": answer["ETag"]}

    count = -(-size // limits.part_bytes)
    try:
        async with asyncio.TaskGroup() as group:
            sent = [group.create_task(send(number)) for number in range(1, count + 1)]
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
