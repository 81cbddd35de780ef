"""Signs addresses that let a browser read or write one object for a while.

Signing is pure computation: the store is not asked.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import check_key
from captionacc_wasabi.uploads import PartToSend


class Presigner:
    """Signs addresses under the endpoint that browsers reach."""

    def __init__(self, settings: StoreSettings) -> None:
        self._base = f"{settings.browser_endpoint_url.rstrip('/')}/{settings.wasabi_bucket}/"
        self._region = settings.wasabi_region
        self._credentials = Credentials(settings.wasabi_access_key, settings.wasabi_secret_key)

    def get(self, key: str, expires_s: int) -> str:
        """An address to GET the object from, whole or in ranges."""
        return self._signed("GET", key, expires_s, query={}, headers={})

    def put_part(self, key: str, upload_id: str, part: PartToSend, expires_s: int) -> str:
        """An address to PUT the part to. The signature covers the number of bytes."""
        return self._signed(
            "PUT",
            key,
            expires_s,
            query={"partNumber": str(part.number), "uploadId": upload_id},
            headers={"Content-Length": str(part.size_bytes)},
        )

    def _signed(
        self,
        method: str,
        key: str,
        expires_s: int,
        *,
        query: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> str:
        url = self._base + quote(check_key(key), safe="/~")
        if query:
            url += "?" + urlencode(query, quote_via=quote)
        request = AWSRequest(method=method, url=url, headers=dict(headers))
        S3SigV4QueryAuth(self._credentials, "s3", self._region, expires=expires_s).add_auth(request)
        return str(request.url)
