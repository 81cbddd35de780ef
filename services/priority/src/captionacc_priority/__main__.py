"""``captionacc-priority``: serve the priority API until a stop signal."""

import uvicorn
from captionacc_observability.logging import configure_logging
from captionacc_observability.settings import load_or_exit

from captionacc_priority.app import create_app
from captionacc_priority.settings import PrioritySettings


def main() -> None:
    settings = load_or_exit(PrioritySettings)
    configure_logging("priority", level=settings.log_level, log_format=settings.log_format)
    uvicorn.run(
        create_app(settings.policy()),
        host=settings.host,
        port=settings.port,
        log_config=None,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
