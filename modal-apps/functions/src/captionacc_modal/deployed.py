"""Compare the functions that are deployed on Modal with this version and its settings."""

import asyncio
from collections.abc import Mapping
from typing import Any

import modal
import msgspec
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.work.functions import FUNCTIONS, MODAL_APP, SMOKE, FunctionSpec
from captionacc_contracts.work.versions import computed_by
from grpclib.exceptions import StreamTerminatedError

from captionacc_modal.deployment import options
from captionacc_modal.settings import DeploymentSettings

# Set by hand: a cold container first loads an image, which takes a minute or two.
_SMOKE_LIMIT_S = 300.0
_REQUEST_LIMIT_S = 60.0
_DEPLOY = "run `make modal-deploy`"
# The container raises the errors of the contracts; the client those of Modal and of the link.
_FAILURES = (
    CaptionAccError,
    modal.exception.Error,
    StreamTerminatedError,
    TimeoutError,
    OSError,
)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found; ``good`` is False when calls would not work as expected."""

    good: bool
    name: str
    detail: str


async def examine(
    settings: DeploymentSettings, *, client: modal.Client | None = None
) -> list[Finding]:
    """Look up every function, compare it with the table and the settings, and call ``smoke``.

    Args:
        settings: Those with which the functions should have been deployed.
        client: A client with a connection; without it, Modal makes one from its own settings.
    """
    findings = [await _function(spec, settings, client) for spec in FUNCTIONS.values()]
    return [*findings, *await _smoke(settings, client)]


async def _function(
    spec: FunctionSpec, settings: DeploymentSettings, client: modal.Client | None
) -> Finding:
    function: modal.Function[..., Any, Any] = modal.Function.from_name(
        MODAL_APP, spec.name.value, client=client
    )
    try:
        async with asyncio.timeout(_REQUEST_LIMIT_S):
            found = await function.info.aio()
    except _FAILURES as error:
        return Finding(good=False, name=spec.name.value, detail=_reason(error))
    deployed: dict[str, object] = {
        "GPU": ",".join(_gpu(kind, count) for kind, count in found.gpus) or "none",
        "time-out": f"{found.timeout} s",
        "retries": found.max_retries or 0,
        "cores": found.cpu,
        "memory": f"{found.memory_mib} MiB",
    }
    expected: dict[str, object] = {
        "GPU": _gpus(options(spec, settings)["gpu"]),
        "time-out": f"{spec.timeout_s} s",
        "retries": spec.retries,
        "cores": spec.cpu_cores,
        "memory": f"{spec.memory_mib} MiB",
    }
    return _compared(spec.name.value, deployed, expected)


async def _smoke(settings: DeploymentSettings, client: modal.Client | None) -> list[Finding]:
    """Call ``smoke``, which needs the secrets, the store and the weights of the model."""
    function: modal.Function[..., Any, Any] = modal.Function.from_name(
        MODAL_APP, SMOKE, client=client
    )
    try:
        async with asyncio.timeout(_SMOKE_LIMIT_S):
            call = await function.spawn.aio()
            deployed = await call.get.aio()
    except _FAILURES as error:
        return [Finding(good=False, name=SMOKE, detail=_reason(error))]
    expected = {name.value: computed_by(name, settings.modal_ocr_engine) for name in FUNCTIONS}
    return [
        Finding(good=True, name=SMOKE, detail="a container ran, with its secrets and the store"),
        _compared("versions", deployed, expected),
    ]


def _gpus(chosen: str | list[str] | None) -> str:
    kinds = [chosen] if isinstance(chosen, str) else chosen or []
    parts = [kind.partition(":") for kind in kinds]
    return ",".join(_gpu(kind, int(count or 1)) for kind, _, count in parts) or "none"


def _gpu(kind: str, count: int) -> str:
    return kind.upper() if count == 1 else f"{kind.upper()}:{count}"


def _compared(name: str, deployed: Mapping[str, object], expected: Mapping[str, object]) -> Finding:
    differences = [
        f"{what} {deployed.get(what, 'missing')}, here {wanted}"
        for what, wanted in expected.items()
        if deployed.get(what) != wanted
    ]
    if differences:
        detail = f"{'; '.join(differences)}: {_DEPLOY}, with the settings MODAL_* of the deployment"
        return Finding(good=False, name=name, detail=detail)
    return Finding(
        good=True, name=name, detail=", ".join(f"{what} {was}" for what, was in deployed.items())
    )


def _reason(error: BaseException) -> str:
    if isinstance(error, modal.exception.NotFoundError):
        return f"not deployed in this environment: {_DEPLOY}, or set MODAL_ENVIRONMENT"
    if isinstance(error, modal.exception.AuthError | modal.exception.PermissionDeniedError):
        return "Modal refused the token: set MODAL_TOKEN_ID and MODAL_TOKEN_SECRET"
    if isinstance(error, CaptionAccError):
        return f"a container answered: {error.message}"
    return f"Modal did not answer ({type(error).__name__}); try again later"
