"""The container files agree with the settings, ports and scripts in the code."""

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
from captionacc_observability.settings import load, variable_of
from captionacc_priority.settings import PrioritySettings
from captionacc_wasabi.settings import StoreSettings
from captionacc_webhook_gateway.settings import GatewaySettings

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "webhook-gateway": (GatewaySettings, StoreSettings),
    "priority": (PrioritySettings,),
    "flow-worker": (WorkerSettings, StoreSettings, ComputeSettings),
}
# The image sets these variables for every service.
IMAGE = {"HOST": "0.0.0.0", "PORT": "8000", "HEALTH_PORT": "8000"}
SCRIPTS = {script.name for script in entry_points(group="console_scripts")}


def interpolated(value: Any) -> str:
    """A compose value with each ``${NAME:-default}`` replaced by its default."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def fly(service: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "services" / service / "fly.toml").read_text())


def known_variables(service: str) -> set[str]:
    return {
        variable_of(field.name)
        for kind in SETTINGS[service]
        for field in msgspec.structs.fields(kind)
    }


@pytest.mark.parametrize("service", SETTINGS)
def test_compose_gives_each_service_settings_that_load(service: str) -> None:
    given = compose()["services"][service].get("environment", {})
    environment = IMAGE | {name: interpolated(value) for name, value in given.items()}
    for kind in SETTINGS[service]:
        load(kind, environment)
    assert set(given) <= known_variables(service)


@pytest.mark.parametrize("service", SETTINGS)
def test_fly_sets_no_variable_that_the_service_does_not_read(service: str) -> None:
    assert set(fly(service)["env"]) <= known_variables(service)


@pytest.mark.parametrize("service", SETTINGS)
def test_fly_checks_the_port_that_the_service_listens_on(service: str) -> None:
    config = fly(service)
    port = int(config["env"].get("PORT") or config["env"]["HEALTH_PORT"])
    assert config["metrics"]["port"] == int(config["env"].get("INTERNAL_PORT") or port)
    checked = [check["port"] for check in config.get("checks", {}).values()]
    if "http_service" in config:
        checked.append(config["http_service"]["internal_port"])
    assert checked == [port]


@pytest.mark.parametrize("service", SETTINGS)
def test_the_package_that_an_image_is_built_from_has_a_command_of_its_name(service: str) -> None:
    package = fly(service)["build"]["args"]["PACKAGE"]
    assert package in SCRIPTS
    assert compose()["services"][service]["build"]["args"]["PACKAGE"] == package
    member = tomllib.loads((ROOT / "services" / service / "pyproject.toml").read_text())
    assert member["project"]["name"] == package


def test_compose_commands_exist() -> None:
    for service in compose()["services"].values():
        command = service.get("command", [])
        if command and str(command[0]).startswith("captionacc"):
            assert command[0] in SCRIPTS


def test_compose_waits_for_health_not_for_start() -> None:
    for service in compose()["services"].values():
        for condition in service.get("depends_on", {}).values():
            assert condition["condition"] in ("service_healthy", "service_completed_successfully")


def test_volumes_of_our_image_belong_to_the_account_that_it_runs_under() -> None:
    """A named volume gets the owner of the folder in the image, or root without such a folder."""
    dockerfile = (ROOT / "infra" / "docker" / "service.Dockerfile").read_text()
    made = {
        folder
        for arguments in re.findall(r"install -d -o app -g app (.+)", dockerfile)
        for folder in arguments.split()
    }
    mounted = {
        volume.split(":")[1]
        for service in compose()["services"].values()
        if "build" in service
        for volume in service.get("volumes", [])
    }
    assert mounted
    assert mounted <= made
