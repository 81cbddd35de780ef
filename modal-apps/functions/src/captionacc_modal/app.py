"""The Modal app ``captionacc``: ``modal deploy -m captionacc_modal.app``.

The app has one function per row of the table ``FUNCTIONS``, and one that tests the deployment.
This module only declares the functions; modules that do not import Modal do their work.
"""

from pathlib import Path
from typing import Any

import modal
from captionacc_contracts.work.compute import ComputeResult, Yielded
from captionacc_contracts.work.functions import FUNCTIONS, MODAL_APP, FunctionSpec

from captionacc_modal.arguments import request_of, signature_of
from captionacc_modal.deployment import options, runs_model_on_gpu, smoke_options
from captionacc_modal.settings import deployment_settings

PYTHON_VERSION = "3.11"
UV_VERSION = "0.13.9"
SOURCES = (
    "captionacc_calls",
    "captionacc_contracts",
    "captionacc_observability",
    "captionacc_wasabi",
    "captionacc_extents",
    "captionacc_layout",
    "captionacc_media",
    "captionacc_modal",
)
LEFT_OUT = ["**/__pycache__/**", "**/*.pyc"]
"""What the image lacks. By default Modal would also leave out the weights, which are not Python
files."""
REQUIRED_KEYS = {
    "wasabi": [
        "WASABI_ENDPOINT_URL",
        "WASABI_ACCESS_KEY",
        "WASABI_SECRET_KEY",
        "WASABI_BUCKET",
    ],
    "google-vision": ["GOOGLE_APPLICATION_CREDENTIALS_JSON"],
}


def _image(requirements: str) -> modal.Image:
    image = modal.Image.debian_slim(python_version=PYTHON_VERSION)
    if modal.is_local():
        # Only the machine that deploys builds the image; a container has this file elsewhere.
        exported = Path(__file__).parents[2] / requirements
        image = image.uv_pip_install(requirements=[str(exported)], uv_version=UV_VERSION)
    return image.add_local_python_source(*SOURCES, ignore=LEFT_OUT)


app = modal.App(MODAL_APP, tags={"service": MODAL_APP})
image = _image("requirements.txt")
gpu_image = _image("requirements-gpu.txt")
"""Also holds torch: several gigabytes, which only the model on a GPU needs."""


def _declared(spec: FunctionSpec) -> modal.Function[..., Any, Any]:
    """The Modal function of a row of the table; it returns a ``ComputeResult`` or ``Yielded``."""

    async def function(*positional: Any, **by_name: Any) -> ComputeResult | Yielded:
        # Imported only in the container: the machine that deploys does not need these modules.
        from captionacc_modal.in_container import perform

        request = request_of(spec.name, positional, by_name)
        return await perform(request, modal.current_function_call_id())

    # A container finds its function under this name in this module, and Modal shows the signature.
    function.__name__ = function.__qualname__ = spec.name.value
    function.__dict__["__signature__"] = signature_of(spec.name)
    chosen = options(spec, deployment_settings())
    used = gpu_image if runs_model_on_gpu(spec, chosen["gpu"]) else image
    return app.function(image=used, secrets=_secrets(*spec.secrets), **chosen)(function)


def _secrets(*names: str) -> list[modal.Secret]:
    return [modal.Secret.from_name(name, required_keys=REQUIRED_KEYS[name]) for name in names]


functions = {name: _declared(spec) for name, spec in FUNCTIONS.items()}
globals().update({name.value: function for name, function in functions.items()})


@app.function(image=image, secrets=_secrets(*REQUIRED_KEYS), **smoke_options(deployment_settings()))
async def smoke() -> dict[str, str]:
    """See ``captionacc_modal.in_container.smoke``; ``captionacc doctor --cloud`` calls it."""
    from captionacc_modal import in_container

    return await in_container.smoke()
