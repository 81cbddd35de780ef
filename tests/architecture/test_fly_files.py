"""The files for Fly agree with the settings and ports in the code, and with each other."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from captionacc_flow_worker.settings import WorkerSettings
from captionacc_observability.settings import load, variable_of
from captionacc_priority.settings import PrioritySettings
from captionacc_testkit.prefect_names import is_prefect_setting
from captionacc_wasabi.settings import StoreSettings
from captionacc_webhook_gateway.settings import GatewaySettings

from infra.fly.apps import APPS, ROOT, App

OURS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "captionacc-webhook-gateway": (GatewaySettings, StoreSettings),
    "captionacc-priority": (PrioritySettings,),
    "captionacc-flow-worker": (WorkerSettings, StoreSettings),
}
# Read by Modal's own client, by the Prefect server's telemetry, and by the image of Postgres.
OF_OTHERS = {
    *("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET", "MODAL_ENVIRONMENT"),
    "DO_NOT_TRACK",
    *("POSTGRES_DB", "POSTGRES_PASSWORD", "PGDATA"),
}
NAMES = {app.name for app in APPS}
IDS = [app.name for app in APPS]
# The image sets these variables for every service.
IMAGE = {"HOST": "::", "PORT": "8000", "HEALTH_PORT": "8000"}
GIVEN = {secret.given: "s" * 40 for app in APPS for secret in app.secrets}


def test_every_file_is_in_the_table_of_apps() -> None:
    files = {*ROOT.glob("services/*/fly.toml"), *ROOT.glob("infra/fly/*.toml")}
    assert {ROOT / app.file for app in APPS} == files


def test_every_file_fits_the_schema() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    files = [str(ROOT / app.file) for app in APPS]
    schema = str(ROOT / "infra" / "fly" / "fly.schema.json")
    done = subprocess.run(
        [checker, "--schemafile", schema, *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_every_variable_is_one_that_the_app_reads(app: App) -> None:
    given = set(app.config["env"]) | {secret.name for secret in app.secrets}
    read = {
        variable_of(field.name)
        for kind in OURS.get(app.name, ())
        for field in msgspec.structs.fields(kind)
    }
    assert not {name for name in given - read - OF_OTHERS if not is_prefect_setting(name)}
    assert not set(app.config["env"]) & {secret.name for secret in app.secrets}


@pytest.mark.parametrize("app", [app for app in APPS if app.name in OURS], ids=OURS)
def test_every_service_gets_every_setting_that_it_needs(app: App) -> None:
    environment = IMAGE | app.config["env"] | app.values(GIVEN)
    for kind in OURS[app.name]:
        load(kind, environment)


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_nothing_that_looks_like_a_secret_is_in_a_file(app: App) -> None:
    secret = re.compile(r"SECRET|PASSWORD|TOKEN|KEY|AUTH|_URL$")
    in_files = {name for name in app.config["env"] if secret.search(name)}
    assert in_files <= {"PRIORITY_URL", "PREFECT_API_URL", "PREFECT_UI_API_URL"}


@pytest.mark.parametrize("app", [app for app in APPS if app.name in OURS], ids=OURS)
def test_checks_and_metrics_use_the_ports_that_the_service_listens_on(app: App) -> None:
    config = app.config
    port = int(config["env"].get("PORT") or config["env"]["HEALTH_PORT"])
    assert config["metrics"]["port"] == int(config["env"].get("INTERNAL_PORT") or port)
    checked = [check["port"] for check in config.get("checks", {}).values()]
    if "http_service" in config:
        checked.append(config["http_service"]["internal_port"])
    assert checked == [port]


def test_prefects_checks_use_the_port_of_its_command() -> None:
    config = next(app for app in APPS if app.name == "captionacc-prefect").config
    assert f"--port {config['http_service']['internal_port']}" in config["processes"]["app"]


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_addresses_in_the_private_network_are_those_of_our_apps(app: App) -> None:
    for value in (*app.config["env"].values(), *app.values(GIVEN).values()):
        for name, kind in re.findall(r"([a-z-]+)\.(internal|flycast)", value):
            assert name in NAMES
            target = next(other for other in APPS if other.name == name)
            assert target.flycast == (kind == "flycast")


def test_event_streams_leave_room_for_other_requests() -> None:
    """Each open stream counts as a request at Fly's proxy."""
    config = next(app for app in APPS if app.public).config
    limits = config["http_service"]["concurrency"]
    assert limits["type"] == "requests"
    assert int(config["env"]["EVENT_STREAM_LIMIT"]) <= limits["hard_limit"] - 300


def test_a_worker_may_finish_its_jobs_before_it_is_killed() -> None:
    app = next(app for app in APPS if app.name == "captionacc-flow-worker")
    settings = load(WorkerSettings, IMAGE | app.config["env"] | app.values(GIVEN))
    # docs/deploy.md, "Stopping a worker".
    assert app.config["kill_timeout"] >= settings.worker_drain_s + 40
