"""Our own processes of the local stack: their settings, as they would get them anywhere else."""

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from captionacc_local import addresses
from captionacc_local.home import Home
from captionacc_local.processes import STACK_MARK
from captionacc_local.servers.probe import answers_ok
from captionacc_local.servers.process import ProcessSpec
from captionacc_local.state import Secrets

JWT_ISSUER = "captionacc-local"
JWT_AUDIENCE = "authenticated"

# Nothing else of the caller leaks into the services.
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
)
_CHOSEN_OUTSIDE = (
    "LOG_LEVEL",
    "OCR_ENGINE",
    "GOOGLE_APPLICATION_CREDENTIALS_JSON",
    "COMPUTE",
    "COMPUTE_THREADS",
    "MODAL_TOKEN_ID",
    "MODAL_TOKEN_SECRET",
)

_WORKER_CONCURRENCY = 8

OUR_SCRIPTS = (
    "captionacc-priority",
    "captionacc-webhook-gateway",
    "captionacc-flow-worker",
    "captionacc-local-call",
)


@dataclass(frozen=True, kw_only=True)
class Backing:
    """What the services are pointed at: database, store and Prefect server."""

    database_url: str
    store: Mapping[str, str]
    prefect_api_url: str


def base_environment(home: Home, environ: Mapping[str, str]) -> dict[str, str]:
    """What every process of the stack at ``home`` gets."""
    passed = {name: environ[name] for name in _PASSED_ON if environ.get(name)}
    return passed | {
        STACK_MARK: str(home.root),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
        # One thread a process: two cores are shared by a dozen of them.
        "OMP_NUM_THREADS": "1",
        "DO_NOT_TRACK": "1",
    }


def chosen_outside(environ: Mapping[str, str]) -> dict[str, str]:
    """Settings that a person may override for the whole stack."""
    return {name: environ[name] for name in _CHOSEN_OUTSIDE if environ.get(name)}


def shared_settings(
    *, backing: Backing, secrets: Secrets, ports: Mapping[str, int], home: Home
) -> dict[str, str]:
    """Settings by their production names; every service picks its own from them."""
    return dict(backing.store) | {
        "HOST": addresses.HOST,
        "SUPABASE_DB_URL": backing.database_url,
        "SUPABASE_JWT_SECRET": secrets.jwt_secret,
        "SUPABASE_JWT_ISSUER": JWT_ISSUER,
        "SUPABASE_JWT_AUDIENCE": JWT_AUDIENCE,
        "WEBHOOK_SECRET": secrets.webhook_secret,
        "WEBHOOK_URL": addresses.url(ports["gateway"], "/webhooks/supabase/videos"),
        "PREFECT_API_URL": backing.prefect_api_url,
        "PREFECT_HOME": str(home.prefect),
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
        "PRIORITY_URL": addresses.url(ports["priority"]),
        "COMPUTE": "local",
        "COMPUTE_DIRECTORY": str(home.compute),
        "COMPUTE_THREADS": str(max(1, (os.cpu_count() or 1) // 2)),
        "OCR_ENGINE": "rapidocr",
        "WORKER_CONCURRENCY": str(_WORKER_CONCURRENCY),
        "WORKER_NAME": "local",
        # Whoever stops the stack waits for it; an unfinished job goes on at the next start.
        "WORKER_DRAIN_S": "2",
        "LOG_FORMAT": "json",
    }


def priority(home: Home, environment: Mapping[str, str], ports: Mapping[str, int]) -> ProcessSpec:
    return _spec(
        home,
        "priority",
        (script("captionacc-priority"),),
        dict(environment) | {"PORT": str(ports["priority"])},
        partial(answers_ok, ports["priority"], "/health/live"),
    )


def gateway(home: Home, environment: Mapping[str, str], ports: Mapping[str, int]) -> ProcessSpec:
    # Live, not ready: readiness waits for Prefect, and the stack waits for that by itself.
    return _spec(
        home,
        "webhook-gateway",
        (script("captionacc-webhook-gateway"),),
        dict(environment) | {"PORT": str(ports["gateway"])},
        partial(answers_ok, ports["gateway"], "/health/live"),
    )


def worker(home: Home, environment: Mapping[str, str], ports: Mapping[str, int]) -> ProcessSpec:
    return _spec(
        home,
        "flow-worker",
        (script("captionacc-flow-worker"),),
        dict(environment)
        | {"PORT": str(ports["worker-health"]), "HEALTH_PORT": str(ports["worker-health"])},
        partial(answers_ok, ports["worker-health"], "/health/ready"),
    )


def webhook_relay(home: Home, environment: Mapping[str, str]) -> ProcessSpec:
    return _spec(
        home,
        "webhook-relay",
        (sys.executable, "-m", "captionacc_local.webhook_relay"),
        environment,
        _at_once,
    )


def _spec(
    home: Home,
    name: str,
    argv: tuple[str, ...],
    environment: Mapping[str, str],
    ready: Callable[[], Awaitable[bool]],
) -> ProcessSpec:
    return ProcessSpec(
        name=name,
        argv=argv,
        env=environment,
        cwd=home.root,
        log_file=home.log(name),
        ready=ready,
    )


def script(name: str) -> str:
    """Path of a console script of this environment."""
    return str(Path(sys.executable).with_name(name))


async def _at_once() -> bool:
    return True
