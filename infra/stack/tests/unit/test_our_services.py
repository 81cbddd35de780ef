"""What the services of the local stack get from the user's environment."""

import pytest
from captionacc_stack.our_services import user_settings


@pytest.mark.parametrize(
    "name",
    [
        "MODAL_TOKEN_ID",
        "MODAL_TOKEN_SECRET",
        "MODAL_ENVIRONMENT",
        "MODAL_PROFILE",
        "MODAL_SERVER_URL",
        "MODAL_CONFIG_PATH",
    ],
)
def test_settings_of_modals_client_reach_the_worker(name: str) -> None:
    assert user_settings({name: "chosen", "OTHER": "x"}) == {name: "chosen"}
