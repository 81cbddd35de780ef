"""``captionacc-priority``: serve the priority API until told to stop."""

import uvicorn
from captionacc_observability import logging
from captionacc_observability.settings import load_or_exit

from captionacc_priority.app import create_app
from captionacc_priority.settings import PrioritySettings


def main() -> None:
    settings = load_or_exit(PrioritySettings)
    logging.configure(
        "priority",
        level=settings.log_level,
        json=None if settings.log_format == "auto" else settings.log_format == "json",
    )
    uvicorn.run(
        create_app(settings.policy()),
        host=settings.host,
        port=settings.port,
        log_config=None,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
