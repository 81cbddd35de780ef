"""docker-compose.yml and the Dockerfile agree with the settings, ports and scripts in the code."""

import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml  # type: ignore[import-untyped]  # the package publishes no types
from captionacc_flow_worker.settings import WorkerSettings
from captionacc_modal.settings import ComputeSettings
from captionacc_observability.settings import SettingsError, load, variable_of
from captionacc_priority.settings import PrioritySettings
from captionacc_supabase.settings import MigrateSettings
from captionacc_testkit.prefect_names import is_prefect_setting
from captionacc_wasabi.settings import StoreSettings
from captionacc_webhook_gateway.settings import GatewaySettings
from captionacc_webhook_gateway.webhook_relay import RelaySettings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "infra" / "docker" / "service.Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SETTINGS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "migrate": (MigrateSettings,),
    "webhook-relay": (RelaySettings,),
    "priority": (PrioritySettings,),
    "webhook-gateway": (GatewaySettings, StoreSettings),
    "flow-worker": (WorkerSettings, StoreSettings, ComputeSettings),
    "cloud-gateway": (GatewaySettings, StoreSettings),
    "cloud-worker": (WorkerSettings, StoreSettings),
}
# The image sets these variables for every service.
IMAGE = {"HOST": "::", "PORT": "8000", "HEALTH_PORT": "8000"}
# What .env must give for the profile `cloud`.
CLOUD = {
    "CLOUD_STORE_ACCESS_KEY": "key",
    "CLOUD_STORE_SECRET_KEY": "secret",
    "MODAL_TOKEN_ID": "id",
    "MODAL_TOKEN_SECRET": "token",
}
# Modal's own client reads these.
OF_MODAL = {"MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET", "MODAL_ENVIRONMENT"}
SCRIPTS = {script.name for script in entry_points(group="console_scripts")}


def interpolated(value: Any, given: dict[str, str] | None = None) -> str:
    """A compose value with each ``${NAME:-default}`` replaced, by ``given`` or the default."""
    values = given or {}
    return re.sub(
        r"\$\{(\w+):-([^}]*)\}", lambda found: values.get(found[1]) or found[2], str(value)
    )


def environment(service: str, given: dict[str, str] | None = None) -> dict[str, str]:
    named = SERVICES[service].get("environment", {})
    return IMAGE | {name: interpolated(value, given) for name, value in named.items()}


def variables(kinds: tuple[type[msgspec.Struct], ...]) -> set[str]:
    return {variable_of(field.name) for kind in kinds for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize("service", SETTINGS)
def test_each_service_gets_every_setting_that_it_needs(service: str) -> None:
    given = CLOUD if service.startswith("cloud-") else None
    for kind in SETTINGS[service]:
        load(kind, environment(service, given))


def test_the_cloud_services_name_what_is_missing() -> None:
    with pytest.raises(SettingsError, match="WASABI_ACCESS_KEY"):
        load(StoreSettings, environment("cloud-worker"))


@pytest.mark.parametrize("service", SETTINGS)
def test_each_setting_that_is_given_exists(service: str) -> None:
    given = set(SERVICES[service].get("environment", {}))
    assert given <= variables(SETTINGS[service]) | OF_MODAL


def test_each_setting_of_prefect_exists() -> None:
    for name in SERVICES["prefect"]["environment"]:
        assert is_prefect_setting(name) or name == "DO_NOT_TRACK", name
    assert not is_prefect_setting("PREFECT_UI_STATIC_FOLDER")
    assert is_prefect_setting("PREFECT_UI_STATIC_DIRECTORY")
    assert "PREFECT_UI_STATIC_DIRECTORY=/prefect-ui" in DOCKERFILE


def test_the_names_under_which_services_reach_each_other_exist() -> None:
    for service in SERVICES.values():
        for value in service.get("environment", {}).values():
            for host in re.findall(r"(?:://|@)([a-z-]+):\d+", interpolated(value)):
                assert host in SERVICES


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "migrate"])
def test_every_service_has_a_health_check(service: str) -> None:
    check = SERVICES[service]["healthcheck"]
    assert check["test"]
    assert "disable" not in check


@pytest.mark.parametrize("service", [name for name in SERVICES if name not in OURS])
def test_every_image_of_others_has_a_fixed_version(service: str) -> None:
    assert re.search(r":\d+\.\d+[\w.-]*$", SERVICES[service]["image"])


@pytest.mark.parametrize("service", OURS)
def test_our_images_have_a_version_a_revision_and_no_rights(service: str) -> None:
    assert {"VERSION", "REVISION"} <= set(OURS[service]["build"]["args"])
    assert OURS[service]["cap_drop"] == ["ALL"]
    for label in ("version", "revision"):
        assert f"org.opencontainers.image.{label}=${{{label.upper()}}}" in DOCKERFILE
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)


def test_supabases_command_makes_the_same_database_and_exposes_our_schema() -> None:
    config = tomllib.loads((ROOT / "infra" / "supabase" / "config.toml").read_text())
    image = SERVICES["postgres"]["image"]
    assert image.startswith(f"postgres:{config['db']['major_version']}.")
    assert "captionacc" in config["api"]["schemas"]


def test_ports_are_published_on_this_machine_only() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_an_image_is_built_from_a_package_with_a_command_of_its_name() -> None:
    for service in OURS.values():
        package = service["build"]["args"]["PACKAGE"]
        member = ROOT / "services" / package.removeprefix("captionacc-") / "pyproject.toml"
        assert tomllib.loads(member.read_text())["project"]["name"] == package
        assert package in SCRIPTS


def test_commands_exist() -> None:
    for service in OURS.values():
        program = (service.get("command") or ["captionacc-priority"])[0]
        assert program in SCRIPTS | {"python"}


def test_services_wait_for_health_not_for_start() -> None:
    for service in SERVICES.values():
        for condition in service.get("depends_on", {}).values():
            assert condition["condition"] in ("service_healthy", "service_completed_successfully")


def test_a_service_that_runs_to_its_end_is_awaited_by_one_that_stays() -> None:
    """Otherwise `docker compose up --wait` takes its end for a failure."""
    waited_for = {
        name
        for service in SERVICES.values()
        for name, condition in service.get("depends_on", {}).items()
        if condition["condition"] == "service_completed_successfully"
    }
    assert waited_for == {"migrate"}


def test_volumes_of_our_image_belong_to_the_account_that_it_runs_under() -> None:
    """A named volume gets the owner of the folder in the image, or root without such a folder."""
    made = {
        folder
        for arguments in re.findall(r"install -d -o app -g app (.+)", DOCKERFILE)
        for folder in arguments.split()
    }
    mounted = {
        volume.split(":")[1] for service in OURS.values() for volume in service.get("volumes", [])
    }
    assert mounted
    assert mounted <= made
