"""Settings of the worker, and the environment that Prefect gets from them."""

import pytest
from captionacc_flow_worker.settings import WorkerSettings, prefect_environment
from captionacc_observability.settings import SettingsError, load

GIVEN = {
    "SUPABASE_DB_URL": "postgresql://db",
    "PREFECT_API_URL": "http://prefect/api",
    "PRIORITY_URL": "http://priority",
    "COMPUTE": "modal",
}


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        load(WorkerSettings, {})

    for name in GIVEN:
        assert name in str(caught.value)


def test_local_compute_needs_a_directory() -> None:
    with pytest.raises(SettingsError, match="COMPUTE_DIRECTORY"):
        load(WorkerSettings, {**GIVEN, "COMPUTE": "local"})


def test_a_pooled_address_needs_a_direct_one_for_notifications() -> None:
    pooled = {**GIVEN, "SUPABASE_DB_POOLED": "true"}
    with pytest.raises(SettingsError, match="SUPABASE_DB_DIRECT_URL is not set"):
        load(WorkerSettings, pooled)
    load(WorkerSettings, {**pooled, "SUPABASE_DB_DIRECT_URL": "postgresql://direct"})


def test_prefect_gets_a_password_only_if_one_is_set() -> None:
    without = prefect_environment(load(WorkerSettings, GIVEN))
    with_one = prefect_environment(
        load(WorkerSettings, {**GIVEN, "PREFECT_API_AUTH_STRING": "user:pass"})
    )

    assert "PREFECT_API_AUTH_STRING" not in without
    assert with_one["PREFECT_API_AUTH_STRING"] == "user:pass"
    assert without["PREFECT_CLIENT_RETRY_EXTRA_CODES"] == "500,504"
