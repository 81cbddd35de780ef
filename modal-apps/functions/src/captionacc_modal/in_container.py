"""Perform the calls of a container of Modal, which serves many calls in one event loop.

Settings and engines last as long as the container, so the models are loaded once.
"""

import asyncio
import functools

from captionacc_contracts.work.compute import ComputeRequest, ComputeResult, Yielded
from captionacc_contracts.work.functions import FUNCTIONS
from captionacc_contracts.work.versions import computed_by
from captionacc_observability.logging import configure_logging
from captionacc_wasabi.opening import open_store

from captionacc_modal import dispatch
from captionacc_modal.process_memory import share_free_memory
from captionacc_modal.settings import ComputeSettings, compute_settings
from captionacc_modal.wiring import ProcessEngines


@functools.cache
def _set_up() -> tuple[ComputeSettings, ProcessEngines]:
    share_free_memory()
    settings = compute_settings()
    configure_logging("modal", level=settings.log_level)
    return settings, ProcessEngines(settings)


async def perform(request: ComputeRequest, call_id: str | None) -> ComputeResult | Yielded:
    """The result of ``request`` for Modal's call ``call_id``.

    Raises:
        CaptionAccError: The only errors that leave this function.
    """
    settings, engines = _set_up()
    async with open_store(settings) as store:
        return await dispatch.perform(request, store, engines, call_id=call_id)


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
