from pathlib import Path

import pytest
from captionacc_observability.settings import SettingsError, load
from captionacc_webhook_gateway.settings import GatewaySettings

GIVEN = {
    "SUPABASE_DB_URL": "postgresql://u@h/d",
    "SUPABASE_JWT_ISSUER": "https://project.test/auth/v1",
    "SUPABASE_JWT_SECRET": "x" * 32,
    "WEBHOOK_SECRET": "y" * 16,
    "PREFECT_API_URL": "http://prefect/api",
    "PRIORITY_URL": "http://priority",
}


def test_all_missing_settings_are_named_together() -> None:
    with pytest.raises(SettingsError) as caught:
        load(GatewaySettings, {})
    for name in set(GIVEN) - {"SUPABASE_JWT_SECRET"}:
        assert name in str(caught.value)


def test_a_key_to_verify_tokens_is_required() -> None:
    without = {name: value for name, value in GIVEN.items() if name != "SUPABASE_JWT_SECRET"}
    with pytest.raises(SettingsError, match="SUPABASE_JWKS_URL"):
        load(GatewaySettings, without)
    load(GatewaySettings, without | {"SUPABASE_JWKS_URL": "https://project.test/jwks.json"})


def test_the_folder_of_the_console_needs_a_page(tmp_path: Path) -> None:
    named = GIVEN | {"CONSOLE_DIRECTORY": str(tmp_path)}
    with pytest.raises(SettingsError, match="CONSOLE_DIRECTORY names"):
        load(GatewaySettings, named)
    (tmp_path / "index.html").write_text("<!doctype html>")
    load(GatewaySettings, named)


def test_a_pooled_address_needs_a_direct_one_for_notifications() -> None:
    pooled = GIVEN | {"SUPABASE_DB_POOLED": "true"}
    with pytest.raises(SettingsError, match="SUPABASE_DB_DIRECT_URL is not set"):
        load(GatewaySettings, pooled)
    direct = load(GatewaySettings, pooled | {"SUPABASE_DB_DIRECT_URL": "postgresql://u@h:5432/d"})
    assert direct.listen_url == "postgresql://u@h:5432/d"


@pytest.mark.parametrize("name", ["SUPABASE_JWT_SECRET", "WEBHOOK_SECRET"])
def test_a_short_secret_is_refused_without_being_shown(name: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load(GatewaySettings, GIVEN | {name: "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_an_unknown_log_level_is_named() -> None:
    with pytest.raises(SettingsError, match="LOG_LEVEL"):
        load(GatewaySettings, GIVEN | {"LOG_LEVEL": "loud"})


def test_defaults_and_lists() -> None:
    settings = load(
        GatewaySettings,
        GIVEN | {"WEBHOOK_SECRET_PREVIOUS": "z" * 16, "CORS_ALLOW_ORIGINS": "https://a, https://b"},
    )
    assert settings.webhook_secrets == ("y" * 16, "z" * 16)
    assert settings.allowed_origins == ["https://a", "https://b"]
    assert settings.listen_url == settings.supabase_db_url
