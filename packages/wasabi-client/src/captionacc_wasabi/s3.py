"""The object store over S3: Wasabi in production, Swift's S3 layer in the local stack."""

import asyncio
import base64
import hashlib
import ipaddress
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError

from captionacc_wasabi.errors import MISSING, translated
from captionacc_wasabi.multipart import UploadTarget, upload_parts
from captionacc_wasabi.presigning import Presigner
from captionacc_wasabi.s3_uploads import S3Uploads
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import (
    MOST_BYTES_IN_MEMORY,
    OCTETS,
    ObjectInfo,
    ObjectStore,
    ReportSent,
    StoreLimits,
    check_key,
    too_large,
)
from captionacc_wasabi.uploads import ClientUploads

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

READ_BYTES = 1024 * 1024
# S3 deletes at most this many keys per request.
KEYS_PER_DELETE = 1000
OWNED_ALREADY = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
PRESENT = {"PreconditionFailed", "412", "ConditionalRequestConflict"}
# S3 refuses a location constraint that names this region.
DEFAULT_REGION = "us-east-1"


@asynccontextmanager
async def open_s3(settings: StoreSettings, limits: StoreLimits) -> AsyncIterator[ObjectStore]:
    """An ``S3ObjectStore`` whose connections close at the end of the block."""
    async with open_client(settings, limits) as client:
        yield S3ObjectStore(client, settings, limits)


@asynccontextmanager
async def open_client(settings: StoreSettings, limits: StoreLimits) -> "AsyncIterator[S3Client]":
    """The client of the store's S3 API, for ``async with``; opening it sends nothing."""
    async with _session().client(
        "s3",
        endpoint_url=settings.wasabi_endpoint_url,
        aws_access_key_id=settings.wasabi_access_key,
        aws_secret_access_key=settings.wasabi_secret_key,
        region_name=settings.wasabi_region,
        config=_config(settings, limits),
    ) as client:
        for operation in ("DeleteObjects", "PutBucketCors", "PutBucketLifecycleConfiguration"):
            client.meta.events.register(f"before-call.s3.{operation}", _add_content_md5)
        yield client


@cache
def _session() -> aioboto3.Session:
    """One session per process: reading its description of S3 takes long. It has no credentials."""
    return aioboto3.Session()


def _config(settings: StoreSettings, limits: StoreLimits) -> AioConfig:
    return AioConfig(
        connect_timeout=limits.connect_s,
        read_timeout=limits.read_s,
        retries={"mode": "standard", "total_max_attempts": limits.attempts},
        max_pool_connections=32,
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        # By default, new clients send checksums that S3 stores other than Amazon's refuse.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # A proxy named by the environment cannot reach this machine's loopback.
        proxies={} if _on_loopback(settings.wasabi_endpoint_url) else None,
    )


def _on_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _add_content_md5(params: dict[str, Any], **_: object) -> None:
    """Add the header that stores without S3's newer checksums require for such a body."""
    body = params["body"]
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()


class S3ObjectStore(ObjectStore):
    """Made by ``open_store``."""

    def __init__(self, client: "S3Client", settings: StoreSettings, limits: StoreLimits) -> None:
        self._client = client
        self._bucket = settings.wasabi_bucket
        self._region = settings.wasabi_region
        self._limits = limits
        self._presigner = Presigner(settings)
        self.uploads: ClientUploads = S3Uploads(client, self._bucket, self._presigner, limits)

    async def get(self, key: str, *, max_bytes: int = MOST_BYTES_IN_MEMORY) -> bytes:
        with translated("read", check_key(key)):
            async with asyncio.timeout(self._limits.small_operation_s):
                answer = await self._client.get_object(Bucket=self._bucket, Key=key)
            body, size = answer["Body"], answer["ContentLength"]
            async with asyncio.timeout(self._allowed_s(size)), body:
                if size > max_bytes:
                    raise too_large(key, size, max_bytes)
                data = await body.read()
            _require_whole(key, len(data), size)
            return data

    async def get_head(self, key: str, count: int) -> bytes:
        with translated("read", check_key(key)):
            async with asyncio.timeout(self._limits.small_operation_s):
                try:
                    answer = await self._client.get_object(
                        Bucket=self._bucket, Key=key, Range=f"bytes=0-{count - 1}"
                    )
                except ClientError as error:
                    # An empty object has no range at all.
                    if error.response["Error"]["Code"] == "InvalidRange":
                        return b""
                    raise
                head = b""
                body = answer["Body"]
                async with body:
                    # A store that ignores the range would send the whole object.
                    async for chunk in body.iter_chunks(count):
                        head += chunk
                        if len(head) >= count:
                            break
        return head[:count]

    async def get_to_file(self, key: str, path: Path) -> ObjectInfo:
        part = path.with_name(f"{path.name}.part")
        try:
            with translated("read", check_key(key)):
                async with asyncio.timeout(self._limits.small_operation_s):
                    answer = await self._client.get_object(Bucket=self._bucket, Key=key)
                body, size = answer["Body"], answer["ContentLength"]
                async with asyncio.timeout(self._allowed_s(size)), body:
                    written = await _write(body.iter_chunks(READ_BYTES), part)
                _require_whole(key, written, size)
            await asyncio.to_thread(part.replace, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return ObjectInfo(
            key=key,
            size_bytes=size,
            etag=answer["ETag"].strip('"'),
            content_type=answer["ContentType"],
        )

    async def put(self, key: str, data: bytes, *, content_type: str = OCTETS) -> None:
        with translated("write", check_key(key)):
            async with asyncio.timeout(self._allowed_s(len(data))):
                await self._client.put_object(
                    Bucket=self._bucket, Key=key, Body=data, ContentType=content_type
                )

    async def put_if_absent(self, key: str, data: bytes, *, content_type: str = OCTETS) -> bool:
        with translated("write", check_key(key)):
            async with asyncio.timeout(self._allowed_s(len(data))):
                try:
                    await self._client.put_object(
                        Bucket=self._bucket,
                        Key=key,
                        Body=data,
                        ContentType=content_type,
                        IfNoneMatch="*",
                    )
                except ClientError as error:
                    if error.response["Error"]["Code"] in PRESENT:
                        return False
                    raise
        return True

    async def put_file(
        self, key: str, path: Path, *, content_type: str = OCTETS, report: ReportSent | None = None
    ) -> None:
        size = (await asyncio.to_thread(path.stat)).st_size
        if size <= self._limits.part_bytes:
            data = await asyncio.to_thread(path.read_bytes)
            await self.put(key, data, content_type=content_type)
            if report is not None:
                report(len(data))
            return
        with translated("write", check_key(key)):
            async with asyncio.timeout(self._allowed_s(size)):
                target = UploadTarget(bucket=self._bucket, key=key, content_type=content_type)
                await upload_parts(self._client, target, path, self._limits, report)

    async def stat(self, key: str) -> ObjectInfo | None:
        with translated("look up", check_key(key)):
            async with asyncio.timeout(self._limits.small_operation_s):
                try:
                    answer = await self._client.head_object(Bucket=self._bucket, Key=key)
                except ClientError as error:
                    if error.response["Error"]["Code"] in MISSING:
                        return None
                    raise
        return ObjectInfo(
            key=key,
            size_bytes=answer["ContentLength"],
            etag=answer["ETag"].strip('"'),
            content_type=answer["ContentType"],
        )

    async def list(
        self, prefix: str, *, start_after: str = "", page_size: int = 1000
    ) -> AsyncIterator[ObjectInfo]:
        token: str | None = None
        while True:
            with translated("list", prefix):
                async with asyncio.timeout(self._limits.small_operation_s):
                    following: Any = {} if token is None else {"ContinuationToken": token}
                    if start_after and token is None:
                        following["StartAfter"] = start_after
                    page = await self._client.list_objects_v2(
                        Bucket=self._bucket, Prefix=prefix, MaxKeys=page_size, **following
                    )
            for entry in page.get("Contents", []):
                yield ObjectInfo(
                    key=entry["Key"], size_bytes=entry["Size"], etag=entry["ETag"].strip('"')
                )
            token = page.get("NextContinuationToken")
            if token is None:
                return

    async def delete(self, keys: Iterable[str]) -> None:
        wanted = [check_key(key) for key in keys]
        for first in range(0, len(wanted), KEYS_PER_DELETE):
            batch = wanted[first : first + KEYS_PER_DELETE]
            with translated("delete", batch[0]):
                async with asyncio.timeout(self._limits.small_operation_s):
                    answer = await self._client.delete_objects(
                        Bucket=self._bucket,
                        Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True},
                    )
            for refused in answer.get("Errors", []):
                if refused.get("Code") not in MISSING:
                    raise TransientError(
                        ErrorCode.STORE_UNAVAILABLE,
                        f"The object store did not delete {refused.get('Key')!r}:"
                        f" {refused.get('Code')}.",
                    )

    async def presigned_get(self, key: str, expires_s: int) -> str:
        return self._presigner.get(key, expires_s)

    async def presigned_gets(self, keys: Sequence[str], expires_s: int) -> Sequence[str]:
        # A hundred signatures take some 10 ms of computing.
        return await asyncio.to_thread(
            lambda: [self._presigner.get(key, expires_s) for key in keys]
        )

    async def ensure_bucket(self) -> None:
        with translated("create", self._bucket):
            async with asyncio.timeout(self._limits.small_operation_s):
                if not await self._bucket_exists():
                    await self._create_bucket()

    async def ping(self) -> None:
        with translated("open", self._bucket):
            async with asyncio.timeout(self._limits.small_operation_s):
                if not await self._bucket_exists():
                    raise PermanentError(
                        ErrorCode.STORE_UNAVAILABLE,
                        f"The bucket {self._bucket!r} is missing;"
                        " create it or correct WASABI_BUCKET.",
                    )

    async def _bucket_exists(self) -> bool:
        try:
            await self._client.head_bucket(Bucket=self._bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] not in MISSING:
                raise
            return False
        return True

    async def _create_bucket(self) -> None:
        try:
            if self._region == DEFAULT_REGION:
                await self._client.create_bucket(Bucket=self._bucket)
            else:
                constraint: Any = {"LocationConstraint": self._region}
                await self._client.create_bucket(
                    Bucket=self._bucket, CreateBucketConfiguration=constraint
                )
        except ClientError as error:
            if error.response["Error"]["Code"] not in OWNED_ALREADY:
                raise

    def _allowed_s(self, size_bytes: int) -> float:
        return self._limits.small_operation_s + size_bytes / self._limits.slowest_bytes_per_s


async def _write(chunks: AsyncIterator[bytes], path: Path) -> int:
    """Write ``chunks`` to a file; returns the number of bytes written."""
    written = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
            written += len(chunk)
    finally:
        await asyncio.to_thread(file.close)
    return written


def _require_whole(key: str, received: int, announced: int) -> None:
    if received != announced:
        raise TransientError(
            ErrorCode.STORE_UNAVAILABLE,
            f"The object store sent {received} of the {announced} bytes of {key!r}; try again.",
        )
