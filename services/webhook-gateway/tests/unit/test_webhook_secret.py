import pytest
from captionacc_contracts.webhooks import signature
from captionacc_webhook_gateway.errors import UnauthenticatedError
from captionacc_webhook_gateway.identity.webhook_secret import (
    SIGNED_WITHIN_S,
    require_fresh_signature,
    require_signature,
    require_webhook_secret,
)
from hypothesis import given
from hypothesis import strategies as st


@given(st.text(min_size=1), st.lists(st.text(min_size=1), max_size=3))
def test_only_the_exact_secrets_pass(shown: str, secrets: list[str]) -> None:
    if shown in secrets:
        require_webhook_secret(f"Bearer {shown}", secrets)
    else:
        with pytest.raises(UnauthenticatedError):
            require_webhook_secret(f"Bearer {shown}", secrets)


@pytest.mark.parametrize("age_s", [-SIGNED_WITHIN_S, 0, SIGNED_WITHIN_S])
def test_a_recent_signature_of_either_secret_passes(age_s: int) -> None:
    shown = signature("before", b"body", 1000)
    signed_at = require_fresh_signature(shown, 1000 + age_s)
    require_signature(shown, b"body", signed_at, ["now", "before"])


@pytest.mark.parametrize(
    ("shown", "now"),
    [
        (signature("now", b"body", 1000), 1001 + SIGNED_WITHIN_S),
        (signature("now", b"body", 1000), 999 - SIGNED_WITHIN_S),
        ("", 1000),
        ("t=1000", 1000),
        ("t=1000,v1=abc", 1000),
        ("t=\u0661000,v1=" + "0" * 64, 1000),
        (signature("now", b"body", 1000) + ",v2=0", 1000),
    ],
)
def test_an_old_or_malformed_signature_is_refused(shown: str, now: int) -> None:
    with pytest.raises(UnauthenticatedError):
        require_fresh_signature(shown, now)


@pytest.mark.parametrize(
    ("secret", "body", "signed_at"), [("other", b"body", 1000), ("now", b"other", 1000)]
)
def test_the_signature_of_another_secret_or_body_is_refused(
    secret: str, body: bytes, signed_at: int
) -> None:
    with pytest.raises(UnauthenticatedError):
        require_signature(signature(secret, body, signed_at), b"body", signed_at, ["now"])
    with pytest.raises(UnauthenticatedError):
        require_signature(signature("now", b"body", 1000), b"body", 1001, ["now"])
