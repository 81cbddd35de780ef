"""Perform the calls of a container of Modal, which serves many calls in one event loop."""

import functools

from captionacc_contracts.work.compute import ComputeRequest, ComputeResult, Yielded
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
