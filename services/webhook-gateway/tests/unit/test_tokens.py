import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from captionacc_contracts.errors import TransientError
from captionacc_contracts.roles import Role
from captionacc_webhook_gateway.errors import ForbiddenError, UnauthenticatedError
from captionacc_webhook_gateway.identity.key_set import REFETCH_EVERY_S, SIZE_LIMIT_BYTES, KeySet
from captionacc_webhook_gateway.identity.user_verifier import UserVerifier
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

SECRET = "a-test-secret-of-more-than-32-bytes!"
ISSUER = "https://project.test/auth/v1"
TENANT = UUID(int=7)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def claims(**changes: Any) -> dict[str, Any]:
    whole = {
        "sub": str(UUID(int=1)),
        "aud": "authenticated",
        "iss": ISSUER,
        "role": "authenticated",
        "exp": int(time.time()) + 600,
        "app_metadata": {"tenant_id": str(TENANT)},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def public_keys() -> dict[str, Any]:
    return {
        "keys": [
            {**ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True), "kid": "ec"},
            {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": "rsa"},
            {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
            {"kty": "EC", "crv": "P-256", "kid": "broken", "x": "!", "y": "!"},
        ]
    }


class Address:
    """A JWKS address that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.answer: Callable[[], httpx.Response] = lambda: httpx.Response(200, json=public_keys())

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.calls += 1
        return self.answer()


class Monotonic:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def key_set(address: Address, monotonic: Monotonic | None = None) -> KeySet:
    client = httpx.AsyncClient(transport=httpx.MockTransport(address))
    return KeySet("https://project.test/jwks.json", client, monotonic or Monotonic())


def verifier(*, secret: str | None = SECRET, keys: KeySet | None = None) -> UserVerifier:
    return UserVerifier(secret=secret, key_set=keys, issuer=ISSUER, audience="authenticated")


def shared(**changes: Any) -> str:
    return jwt.encode(claims(**changes), SECRET, algorithm="HS256")


def bearer(token: str) -> str:
    return f"Bearer {token}"


async def test_a_token_names_user_and_tenant() -> None:
    user = await verifier().user_of(bearer(shared()))
    assert (user.id, user.tenant_id) == (UUID(int=1), TENANT)


@pytest.mark.parametrize(
    ("key", "key_id", "algorithm"), [(EC_KEY, "ec", "ES256"), (RSA_KEY, "rsa", "RS256")]
)
async def test_tokens_of_public_keys_are_verified(key: Any, key_id: str, algorithm: str) -> None:
    token = jwt.encode(claims(), key, algorithm=algorithm, headers={"kid": key_id})
    assert (
        await verifier(secret=None, keys=key_set(Address())).user_of(bearer(token))
    ).tenant_id == TENANT


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 10**400},
        {"exp": 10**308, "iat": -(10**400)},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"iat": float("-inf")},
        {"nbf": float("inf")},
        {"nbf": int(time.time()) + 3600},
        {"iat": int(time.time()) + 3600},
        {"aud": "other"},
        {"aud": None},
        {"iss": "https://other.test/auth/v1"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"role": "anon"},
        {"role": "service_role"},
        {"role": None},
        {"is_anonymous": True},
        {"sub": None},
        {"sub": "somebody"},
        {"sub": 1},
        {"exp": int(time.time()) + 25 * 3600},
        {"iat": int(time.time()) - 24 * 3600, "exp": int(time.time()) + 3600},
    ],
)
async def test_a_wrong_claim_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnauthenticatedError):
        await verifier().user_of(bearer(shared(**changes)))


@pytest.mark.parametrize("with_issue", [True, False])
async def test_a_token_may_live_for_a_day(with_issue: bool) -> None:
    now = int(time.time())
    day = shared(iat=now if with_issue else None, exp=now + 24 * 3600)
    assert (await verifier().user_of(bearer(day))).tenant_id == TENANT


async def test_clocks_may_differ_by_half_a_minute() -> None:
    now = int(time.time())
    assert (await verifier().user_of(bearer(shared(exp=now - 20)))).expires_at == now - 20
    with pytest.raises(UnauthenticatedError, match="expired"):
        await verifier().user_of(bearer(shared(exp=now - 40)))


@pytest.mark.parametrize(
    "changes",
    [
        {"app_metadata": None, "user_metadata": {"tenant_id": str(TENANT)}},
        {"app_metadata": {}, "tenant_id": str(TENANT)},
        {"app_metadata": {"tenant_id": "mine"}},
        {"app_metadata": {"tenant_id": None}},
        {"app_metadata": {"tenant_id": 7}},
        {"app_metadata": [str(TENANT)]},
    ],
)
async def test_the_tenant_comes_only_from_app_metadata(changes: dict[str, Any]) -> None:
    with pytest.raises(ForbiddenError):
        await verifier().user_of(bearer(shared(**changes)))


def unsigned(header: dict[str, Any], signature: str = "") -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(claims())}.{signature}"


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "nOnE", "", "HS512", "ES384", "PS256"]
)
async def test_other_algorithms_are_refused(algorithm: str) -> None:
    both = verifier(keys=key_set(Address()))
    for signature in ("", "AAAA"):
        with pytest.raises(UnauthenticatedError):
            await both.user_of(bearer(unsigned({"alg": algorithm, "kid": "ec"}, signature)))


async def test_a_public_key_is_never_used_as_a_shared_secret() -> None:
    address = Address()
    pem = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signing_input = unsigned({"alg": "HS256", "kid": "rsa", "typ": "JWT"}).rpartition(".")[0]
    signature = base64.urlsafe_b64encode(
        hmac.new(pem, signing_input.encode(), hashlib.sha256).digest()
    )
    forged = f"{signing_input}.{signature.rstrip(b'=').decode()}"
    for secret in (SECRET, None):
        with pytest.raises(UnauthenticatedError):
            await verifier(secret=secret, keys=key_set(address)).user_of(bearer(forged))


async def test_a_key_keeps_its_algorithm() -> None:
    token = jwt.encode(claims(), RSA_KEY, algorithm="RS256", headers={"kid": "ec"})
    with pytest.raises(UnauthenticatedError):
        await verifier(keys=key_set(Address())).user_of(bearer(token))


async def test_keys_in_the_token_itself_are_not_trusted() -> None:
    mine = ec.generate_private_key(ec.SECP256R1())
    token = jwt.encode(
        claims(),
        mine,
        algorithm="ES256",
        headers={"kid": "ec", "jwk": ECAlgorithm.to_jwk(mine.public_key(), as_dict=True)},
    )
    with pytest.raises(UnauthenticatedError):
        await verifier(keys=key_set(Address())).user_of(bearer(token))


@pytest.mark.parametrize("key_id", ["unknown", "shared", "broken", None])
async def test_a_key_that_cannot_verify_is_refused(key_id: str | None) -> None:
    headers = {} if key_id is None else {"kid": key_id}
    token = jwt.encode(claims(), EC_KEY, algorithm="ES256", headers=headers)
    with pytest.raises(UnauthenticatedError):
        await verifier(keys=key_set(Address())).user_of(bearer(token))


async def test_critical_extensions_are_refused() -> None:
    token = jwt.encode(claims(), SECRET, algorithm="HS256", headers={"crit": ["exp"], "exp": 1})
    with pytest.raises(UnauthenticatedError):
        await verifier().user_of(bearer(token))


async def test_a_long_header_is_refused() -> None:
    with pytest.raises(UnauthenticatedError, match="longer"):
        await verifier().user_of(bearer(shared(padding="x" * 9000)))


async def test_a_changed_signature_is_refused() -> None:
    head, _, signature = shared().rpartition(".")
    flipped = ("B" if signature[0] != "B" else "C") + signature[1:]
    with pytest.raises(UnauthenticatedError):
        await verifier().user_of(bearer(f"{head}.{flipped}"))


async def test_deeply_nested_claims_are_refused() -> None:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    nested = "[" * 2500 + "]" * 2500
    header = part('{"alg": "HS256"}')
    for token in (f"{part(nested)}.{header}.AAAA", f"{header}.{part(nested)}.AAAA"):
        with pytest.raises(UnauthenticatedError):
            await verifier().user_of(bearer(token))


@given(st.text(max_size=200))
async def test_any_malformed_header_is_unauthenticated(header: str) -> None:
    with pytest.raises(UnauthenticatedError):
        await verifier().user_of(header)
    with pytest.raises(UnauthenticatedError):
        await verifier().user_of(bearer(header))


async def test_unknown_key_ids_cannot_flood_the_address() -> None:
    address, monotonic = Address(), Monotonic()
    keys = key_set(address, monotonic)
    assert await keys.find("ec")
    for _ in range(50):
        monotonic.now += 0.1
        with suppress(TransientError):
            assert await keys.find(str(uuid4())) is None
    assert address.calls <= 2


async def test_a_key_is_unknown_only_to_a_set_fetched_since_the_question() -> None:
    address, monotonic = Address(), Monotonic()
    keys = key_set(address, monotonic)
    assert await keys.find("ec")
    newer = ec.generate_private_key(ec.SECP256R1())
    described = {**ECAlgorithm.to_jwk(newer.public_key(), as_dict=True), "kid": "newer"}
    address.answer = lambda: httpx.Response(200, json={"keys": [described]})
    monotonic.now += 1
    with pytest.raises(TransientError):
        await keys.find("newer")
    assert address.calls == 1
    monotonic.now += REFETCH_EVERY_S
    assert await keys.find("newer")
    monotonic.now += REFETCH_EVERY_S
    assert await keys.find("forged") is None


async def test_a_failed_fetch_is_tried_again_after_a_second_and_then_ever_later() -> None:
    address, monotonic = Address(), Monotonic()
    address.answer = lambda: httpx.Response(500)
    keys = key_set(address, monotonic)
    calls = []
    for _ in range(100):
        with pytest.raises(TransientError):
            await keys.find("ec")
        calls.append(address.calls)
        monotonic.now += 1
    assert calls[:2] == [1, 2]
    assert calls[-1] <= 8
    address.answer = lambda: httpx.Response(200, json=public_keys())
    monotonic.now += 30
    assert await keys.find("ec")


async def test_keys_are_fetched_again_after_ten_minutes_and_kept_when_that_fails() -> None:
    address, monotonic = Address(), Monotonic()
    keys = key_set(address, monotonic)
    assert await keys.find("ec")
    monotonic.now += 599
    assert await keys.find("ec")
    assert address.calls == 1
    address.answer = lambda: httpx.Response(500)
    monotonic.now += 2
    assert await keys.find("ec")
    assert address.calls == 2
    address.answer = lambda: httpx.Response(200, json={"keys": []})
    monotonic.now += 31
    assert await keys.find("ec") is None
    assert address.calls == 3


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, content=b"no json"),
        httpx.Response(200, json={"keys": 1}),
        httpx.Response(200, content=b'{"keys": []' + b" " * 70_000 + b"}"),
    ],
)
async def test_without_keys_the_caller_must_try_later(answer: httpx.Response) -> None:
    address = Address()
    address.answer = lambda: answer
    with pytest.raises(TransientError):
        await key_set(address).find("ec")


async def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b" " * 1024

    address = Address()
    address.answer = lambda: httpx.Response(200, content=endless())
    with pytest.raises(TransientError):
        await key_set(address).find("ec")
    assert read <= SIZE_LIMIT_BYTES // 1024 + 1


def with_app_metadata(**more: Any) -> str:
    metadata = {"tenant_id": str(TENANT), **more}
    return bearer(shared(app_metadata=metadata))


@pytest.mark.parametrize(
    ("named", "role"),
    [({}, Role.ANNOTATOR), ({"role": None}, Role.ANNOTATOR)]
    + [({"role": role.value}, role) for role in Role],
)
async def test_a_token_names_the_role_of_its_user(named: dict[str, Any], role: Role) -> None:
    assert (await verifier().user_of(with_app_metadata(**named))).role is role


@pytest.mark.parametrize("role", ["owner", "Admin", "", 1, True, ["admin"], {"admin": True}])
async def test_an_unknown_role_is_refused(role: object) -> None:
    with pytest.raises(ForbiddenError, match="viewer, annotator, reviewer or admin"):
        await verifier().user_of(with_app_metadata(role=role))


async def test_an_operator_needs_no_tenant_but_the_claim() -> None:
    token = bearer(shared(app_metadata={"operator": True}))
    assert (await verifier().operator_of(token)).id == UUID(int=1)


@pytest.mark.parametrize("claim", [None, False, 1, "true", [True]])
async def test_no_role_and_no_other_claim_makes_an_operator(claim: object) -> None:
    with pytest.raises(ForbiddenError, match="Only operators"):
        await verifier().operator_of(with_app_metadata(role="admin", operator=claim))


def test_each_role_includes_the_earlier_ones() -> None:
    assert [[role.includes(needed) for needed in Role] for role in Role] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]
