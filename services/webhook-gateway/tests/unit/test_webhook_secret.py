import pytest
from captionacc_webhook_gateway.errors import UnauthenticatedError
from captionacc_webhook_gateway.identity.webhook_secret import require_webhook_secret
from hypothesis import given
from hypothesis import strategies as st


@given(st.text(min_size=1), st.lists(st.text(min_size=1), max_size=3))
def test_only_the_exact_secrets_pass(shown: str, secrets: list[str]) -> None:
    if shown in secrets:
        require_webhook_secret(f"Bearer {shown}", secrets)
    else:
        with pytest.raises(UnauthenticatedError):
            require_webhook_secret(f"Bearer {shown}", secrets)
