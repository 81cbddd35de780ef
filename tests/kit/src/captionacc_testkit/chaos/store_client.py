"""A minimal S3 client for the stand-in call, which must start in a tenth of a second."""

import hashlib
import hmac
import http.client
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

LIMIT_S = 5.0


class StoreClient:
    """Opens one connection per request; raises ``OSError`` or ``http.client.HTTPException``."""

    def __init__(self, *, endpoint: str, access_key: str, secret_key: str, bucket: str) -> None:
        self._address = urlsplit(endpoint).netloc
        self._access_key = access_key
        self._secret_key = secret_key
        self._bucket = bucket

    def get(self, key: str) -> bytes | None:
        """The object, or None when it does not exist."""
        status, body = self._ask("GET", key, b"")
        if status == http.client.NOT_FOUND:
            return None
        return _expect_ok(status, body)

    def put(self, key: str, body: bytes) -> None:
        _expect_ok(*self._ask("PUT", key, body))

    def _ask(self, method: str, key: str, body: bytes) -> tuple[int, bytes]:
        path = f"/{self._bucket}/{quote(key)}"
        connection = http.client.HTTPConnection(self._address, timeout=LIMIT_S)
        try:
            connection.request(method, path, body, self._headers(method, path, body))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        """Signature version 4 over the fewest headers that it allows."""
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        signed = "host;x-amz-content-sha256;x-amz-date"
        canonical = (
            f"{method}\n{path}\n\nhost:{self._address}\nx-amz-content-sha256:{digest}\n"
            f"x-amz-date:{now}\n\n{signed}\n{digest}"
        )
        scope = f"{now[:8]}/us-east-1/s3/aws4_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{self._secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashed}"
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        return {
            "x-amz-date": now,
            "x-amz-content-sha256": digest,
            "Authorization": (
                f"AWS4-HMAC-SHA256 Credential={self._access_key}/{scope},"
                f"SignedHeaders={signed},Signature={signature}"
            ),
        }


def _expect_ok(status: int, body: bytes) -> bytes:
    if status // 100 != 2:
        raise http.client.HTTPException(f"The store answered {status}.")
    return body
