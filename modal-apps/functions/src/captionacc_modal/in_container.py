"""Perform the calls of a container of Modal, which serves many calls in one event loop.

Settings and engines last as long as the container, so the models are loaded once.
"""

import asyncio
import functools
import tempfile
import time
from pathlib import Path

from captionacc_contracts.work.compute import (
    ComputeRequest,
    ComputeResult,
    Yielded,
    function_of,
)
from captionacc_contracts.work.functions import FUNCTIONS
from captionacc_contracts.work.versions import computed_by
from captionacc_observability.free_memory import keep_little_free_memory
from captionacc_observability.logging import configure_logging
from captionacc_wasabi.opening import open_store

from captionacc_modal import dispatch
from captionacc_modal.outbox import Outbox
from captionacc_modal.settings import ComputeSettings, compute_settings
from captionacc_modal.wiring import ProcessEngines

# For the last request to the store, and for giving up the claim.
_SPARE_S = 150.0


@functools.cache
def _set_up() -> tuple[ComputeSettings, ProcessEngines]:
    keep_little_free_memory()
    settings = compute_settings()
    configure_logging("modal", level=settings.log_level)
    return settings, ProcessEngines(settings)


async def perform(request: ComputeRequest, call_id: str | None) -> ComputeResult | Yielded:
    """The result of ``request`` for Modal's call ``call_id``.

    Raises:
        CaptionAccError: The only errors that leave this function.
    """
    began = time.monotonic()
    settings, engines = _set_up()
    limit_s = FUNCTIONS[function_of(request)].timeout_s - _SPARE_S
    with tempfile.TemporaryDirectory(prefix="captionacc-outbox-") as folder:
        # The container is all that keeps the work, so it tries for as long as Modal lets it run.
        outbox = Outbox(Path(folder) / "kept", until=began + limit_s)
        async with open_store(settings) as store:
            return await dispatch.perform(request, store, engines, outbox=outbox, call_id=call_id)


async def smoke() -> dict[str, str]:
    """What decides the results of each function in this deployment, by the function's name.

    It needs the secrets, the object store and the weights of the model, as the functions do.

    Raises:
        CaptionAccError: One of them is missing; the message names it.
    """
    settings, engines = _set_up()
    async with open_store(settings) as store:
        await store.ping()
    await asyncio.to_thread(engines.network)
    return {name.value: computed_by(name, settings.ocr_engine) for name in FUNCTIONS}
