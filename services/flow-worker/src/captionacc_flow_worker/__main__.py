"""Runs a flow worker."""

import asyncio
import os

from captionacc_observability.logging import configure_logging
from captionacc_observability.settings import load_or_exit
from captionacc_wasabi.settings import StoreSettings

from captionacc_flow_worker.settings import WorkerSettings, prefect_environment


def main() -> None:
    """Entry point of ``captionacc-flow-worker``."""
    settings = load_or_exit(WorkerSettings)
    store_settings = load_or_exit(StoreSettings)
    # Prefect reads its settings when it is imported, which wiring does.
    os.environ.update(prefect_environment(settings))
    from captionacc_flow_worker import wiring

    # After the import, which sets up logging of its own.
    configure_logging(
        "flow-worker",
        level=settings.log_level,
        log_format=settings.log_format,
    )
    asyncio.run(wiring.run(settings, store_settings))


if __name__ == "__main__":
    main()
