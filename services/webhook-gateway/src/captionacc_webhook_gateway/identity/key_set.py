"""The public keys of the Supabase project, fetched when needed and cached."""

import asyncio
import time
from collections.abc import Callable, Mapping

import httpx
import jwt
import msgspec
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_observability.logging import get_logger

# Supabase caches its keys for ten minutes too, so a shorter time would find nothing newer.
KEEP_S = 600.0
# Forged key ids cause at most one fetch per this time. A new key is found this late at worst, and
# clients are asked to try again after about as long.
REFETCH_EVERY_S = 5.0
# A failed fetch is tried again after this time, which doubles with each further failure.
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
# A user waits for this fetch. A key set arrives in well under a second.
FETCH_TIMEOUT_S = 3.0
# A set of a few keys takes 1 to 5 KB.
SIZE_LIMIT_BYTES = 65_536
_ALGORITHM_OF_KEY = {("EC", "P-256"): "ES256", ("RSA", None): "RS256"}

_log = get_logger(__name__)


class VerificationKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key and the one algorithm that its type allows."""

    key: object
    algorithm: str


class KeySet:
    """The keys of a JWKS address.

    The keys are cached for ten minutes. An unknown key id causes a new fetch, at most once per
    5 s, so forged ids cannot flood the address. While fetches fail, the last set stays in use.
    """

    def __init__(
        self, url: str, client: httpx.AsyncClient, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._client = client
        self._monotonic = monotonic
        self._keys: Mapping[str, VerificationKey] = {}
        self._fetched_at: float | None = None
        self._fetch_after = 0.0
        self._failures = 0
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> VerificationKey | None:
        """Return the key with this id; ``None`` when the project has no such key.

        Raises:
            TransientError: ``internal``; the keys could not be fetched, or it is too early to look
                for a key that the last set lacks.
        """
        asked_at = self._monotonic()
        if self._is_stale() or key_id not in self._keys:
            async with self._lock:
                if (self._is_stale() or key_id not in self._keys) and self._may_fetch():
                    await self._fetch()
        found = self._keys.get(key_id)
        if found is None and (self._fetched_at is None or self._fetched_at < asked_at):
            # The project may have a newer key, so the token may be good.
            raise TransientError(
                ErrorCode.INTERNAL,
                "The key of the token could not be fetched yet; try again later.",
            )
        return found

    def _is_stale(self) -> bool:
        return self._fetched_at is None or self._monotonic() - self._fetched_at > KEEP_S

    def _may_fetch(self) -> bool:
        return self._monotonic() >= self._fetch_after

    async def _fetch(self) -> None:
        if await self._fetched():
            self._failures = 0
            pause_s = REFETCH_EVERY_S
        else:
            pause_s = min(FIRST_PAUSE_S * 2**self._failures, LONGEST_PAUSE_S)
            self._failures = min(self._failures + 1, 10)
        self._fetch_after = self._monotonic() + pause_s

    async def _fetched(self) -> bool:
        """Fetch the keys; return whether they arrived."""
        began = self._monotonic()
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_S):
                body = await self._read()
            if body is None:
                _log.warning("jwks_not_used", reason="too large", limit_bytes=SIZE_LIMIT_BYTES)
                return False
            self._keys = _usable(body)
        except (httpx.HTTPError, TimeoutError, msgspec.DecodeError) as error:
            _log.warning("jwks_not_fetched", reason=type(error).__name__)
            return False
        self._fetched_at = began
        return True

    async def _read(self) -> bytes | None:
        """Read the body; return ``None`` when it is too large to be a key set."""
        # Ask for no compression, so a small response cannot expand into a large one.
        headers = {"accept-encoding": "identity"}
        body = bytearray()
        async with self._client.stream("GET", self._url, headers=headers) as answer:
            answer.raise_for_status()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > SIZE_LIMIT_BYTES:
                    return None
        return bytes(body)


class _KeyList(msgspec.Struct):
    keys: list[dict[str, object]]


def _usable(body: bytes) -> dict[str, VerificationKey]:
    found: dict[str, VerificationKey] = {}
    for described in msgspec.json.decode(body, type=_KeyList).keys:
        kind, curve = described.get("kty"), described.get("crv")
        algorithm = _ALGORITHM_OF_KEY.get((str(kind), str(curve) if curve else None))
        key_id = described.get("kid")
        if algorithm is None or not isinstance(key_id, str):
            continue
        try:
            key = jwt.PyJWK(described, algorithm=algorithm).key
        except jwt.PyJWTError:
            continue
        found[key_id] = VerificationKey(key=key, algorithm=algorithm)
    return found
