"""Our own processes in the local stack, and their settings under their production names."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from captionacc_stack import addresses
from captionacc_stack.home import Home
from captionacc_stack.processes import STACK_MARK
from captionacc_stack.servers.probe import answers_ok
from captionacc_stack.servers.process import ProcessSpec
from captionacc_stack.state import Secrets

JWT_ISSUER = "captionacc-local"
JWT_AUDIENCE = "authenticated"

# The services get only these variables of the caller's environment.
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
)
# The user may override these settings for the whole stack.
_USER_SETTINGS = (
    "LOG_LEVEL",
    "OCR_ENGINE",
    "GOOGLE_APPLICATION_CREDENTIALS_JSON",
    "COMPUTE",
    "COMPUTE_KEPT_PROCESSES",
    "COMPUTE_THREADS",
    "WORKER_CONCURRENCY",
    "COMPUTE_RECOGNISERS",
    "MODAL_TOKEN_ID",
    "MODAL_TOKEN_SECRET",
    "MODAL_ENVIRONMENT",
    "MODAL_SERVER_URL",
    "MODAL_PROFILE",
    "MODAL_CONFIG_PATH",
)

OUR_SCRIPTS = (
    "captionacc-priority",
    "captionacc-webhook-gateway",
    "captionacc-flow-worker",
    "captionacc-local-call",
)


@dataclass(frozen=True, kw_only=True)
class Backing:
    """The servers behind the services: database, object store and Prefect server."""

    database_url: str
    store: Mapping[str, str]
    prefect_api_url: str


def base_environment(home: Home, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of every process of the stack at ``home``."""
    passed = {name: environ[name] for name in _PASSED_ON if environ.get(name)}
    return passed | {
        STACK_MARK: str(home.root),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
        # One thread per process, because a dozen processes may share two cores.
        "OMP_NUM_THREADS": "1",
        "DO_NOT_TRACK": "1",
    }


def user_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings that the user overrides for the whole stack."""
    return {name: environ[name] for name in _USER_SETTINGS if environ.get(name)}


def shared_settings(
    *, backing: Backing, secrets: Secrets, ports: Mapping[str, int], home: Home
) -> dict[str, str]:
    """The services' settings by their production names; each service reads those it knows."""
    return dict(backing.store) | {
        "HOST": addresses.HOST,
        "SUPABASE_DB_URL": backing.database_url,
        "SUPABASE_JWT_SECRET": secrets.jwt_secret,
        "SUPABASE_JWT_ISSUER": JWT_ISSUER,
        "SUPABASE_JWT_AUDIENCE": JWT_AUDIENCE,
        "WEBHOOK_SECRET": secrets.webhook_secret,
        "WEBHOOK_URL": addresses.url(ports["gateway"], "/webhooks/supabase/videos"),
        "PREFECT_API_URL": backing.prefect_api_url,
        "PREFECT_UI_URL": backing.prefect_api_url.removesuffix("/api"),
        "PREFECT_API_AUTH_STRING": secrets.prefect_auth_string,
        "PREFECT_HOME": str(home.prefect),
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
        "PRIORITY_URL": addresses.url(ports["priority"]),
        "COMPUTE": "local",
        "COMPUTE_DIRECTORY": str(home.compute),
        "OCR_ENGINE": "rapidocr",
        "WORKER_NAME": "local",
        # A person waits while the stack stops; an unfinished job continues at the next start.
        "WORKER_DRAIN_S": "2",
        # Everything on this machine comes from one address and, mostly, from one tenant.
        "REQUESTS_PER_SECOND_PER_TENANT": "0",
        "REQUESTS_PER_SECOND_PER_ADDRESS": "0",
        "LOG_FORMAT": "json",
    }


def priority(home: Home, environment: Mapping[str, str], ports: Mapping[str, int]) -> ProcessSpec:
    return _http_service(home, environment, "priority", ports["priority"], "/health/live")


def gateway(home: Home, environment: Mapping[str, str], ports: Mapping[str, int]) -> ProcessSpec:
    # Probe only liveness; the last step of the start waits for readiness.
    return _http_service(home, environment, "webhook-gateway", ports["gateway"], "/health/live")


def worker(home: Home, environment: Mapping[str, str], ports: Mapping[str, int]) -> ProcessSpec:
    return _http_service(home, environment, "flow-worker", ports["worker-health"], "/health/ready")


def webhook_relay(home: Home, environment: Mapping[str, str]) -> ProcessSpec:
    return ProcessSpec(
        name="webhook-relay",
        argv=(sys.executable, "-m", "captionacc_webhook_gateway.webhook_relay"),
        env=environment,
        cwd=home.root,
        log_file=home.log("webhook-relay"),
        # The relay listens on no port. Rows that came before it started wait in its table.
        ports=(),
        ready=_at_once,
    )


def script(name: str) -> str:
    """The path of a console script of this environment."""
    return str(Path(sys.executable).with_name(name))


def _http_service(
    home: Home, environment: Mapping[str, str], name: str, port: int, probe: str
) -> ProcessSpec:
    return ProcessSpec(
        name=name,
        argv=(script(f"captionacc-{name}"),),
        env={**environment, "PORT": str(port), "HEALTH_PORT": str(port)},
        cwd=home.root,
        log_file=home.log(name),
        ports=(port,),
        ready=partial(answers_ok, port, probe),
    )


async def _at_once() -> bool:
    return True
