"""Client uploads over S3."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from captionacc_wasabi.errors import translated
from captionacc_wasabi.presigning import Presigner
from captionacc_wasabi.store import StoreLimits, check_key, missing
from captionacc_wasabi.uploads import ClientUploads, PartToSend, SentPart

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

_UNKNOWN_UPLOAD = "NoSuchUpload"
# Swift answers NoSuchKey when the upload was completed.
_ENDED = {_UNKNOWN_UPLOAD, "NoSuchKey"}
_UNKNOWN = {_UNKNOWN_UPLOAD, "InvalidPart"}


class S3Uploads(ClientUploads):
    """Made by ``S3ObjectStore``."""

    def __init__(
        self, client: "S3Client", bucket: str, presigner: Presigner, limits: StoreLimits
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._presigner = presigner
        self._limit_s = limits.small_operation_s

    async def begin(self, key: str, *, content_type: str) -> str:
        with translated("begin the upload of", check_key(key)):
            async with asyncio.timeout(self._limit_s):
                answer = await self._client.create_multipart_upload(
                    Bucket=self._bucket, Key=key, ContentType=content_type
                )
        return answer["UploadId"]

    async def addresses(
        self, key: str, upload_id: str, parts: Sequence[PartToSend], expires_s: int
    ) -> list[str]:
        def signed() -> list[str]:
            return [self._presigner.put_part(key, upload_id, part, expires_s) for part in parts]

        # A hundred signatures take some 10 ms of computing.
        return await asyncio.to_thread(signed)

    async def sent(self, key: str, upload_id: str) -> list[SentPart] | None:
        found: list[SentPart] = []
        marker = 0
        with translated("list the parts of", check_key(key)):
            async with asyncio.timeout(self._limit_s):
                while True:
                    try:
                        page = await self._client.list_parts(
                            Bucket=self._bucket,
                            Key=key,
                            UploadId=upload_id,
                            PartNumberMarker=marker,
                        )
                    except ClientError as error:
                        if error.response["Error"]["Code"] == _UNKNOWN_UPLOAD:
                            return None
                        raise
                    found += [
                        SentPart(
                            number=part["PartNumber"],
                            size_bytes=part["Size"],
                            etag=part["ETag"].strip('"'),
                        )
                        for part in page.get("Parts", [])
                    ]
                    if not page.get("IsTruncated"):
                        return found
                    marker = int(page["NextPartNumberMarker"])

    async def complete(self, key: str, upload_id: str, parts: Sequence[SentPart]) -> None:
        with translated("complete the upload of", check_key(key)):
            async with asyncio.timeout(self._limit_s):
                try:
                    await self._client.complete_multipart_upload(
                        Bucket=self._bucket,
                        Key=key,
                        UploadId=upload_id,
                        MultipartUpload={
                            "Parts": [
                                {"PartNumber": part.number, "ETag": f'"{part.etag}"'}
                                for part in parts
                            ]
                        },
                    )
                except ClientError as error:
                    if error.response["Error"]["Code"] in _UNKNOWN:
                        raise missing(key) from error
                    raise

    async def abort(self, key: str, upload_id: str) -> None:
        with translated("abort the upload of", check_key(key)):
            async with asyncio.timeout(self._limit_s):
                try:
                    await self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=key, UploadId=upload_id
                    )
                except ClientError as error:
                    if error.response["Error"]["Code"] not in _ENDED:
                        raise
