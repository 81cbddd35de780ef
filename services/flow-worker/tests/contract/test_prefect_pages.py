"""Prefect's pages: which of their two sets calls servers of others."""

from pathlib import Path

import prefect
from captionacc_stack.servers.prefect import QUIET_PAGES
from prefect.settings.models.server.ui import ServerUISettings


def calls_analytics(pages: str) -> bool:
    scripts = (Path(prefect.__file__).parent / "server" / pages).rglob("*.js")
    return any("amplitude.com/" in script.read_text() for script in scripts)


def test_the_pages_that_open_know_no_server_of_an_analytics_provider() -> None:
    assert not calls_analytics("ui")
    # Otherwise our setting, which prefers the first set of pages, can go.
    assert calls_analytics("ui-v2")


def test_the_settings_that_choose_the_pages_exist() -> None:
    prefix = "prefect_server_ui_"
    assert str(ServerUISettings.model_config.get("env_prefix", "")).lower() == prefix
    names = {name.lower().removeprefix(prefix) for name in QUIET_PAGES}
    assert names <= set(ServerUISettings.model_fields)
