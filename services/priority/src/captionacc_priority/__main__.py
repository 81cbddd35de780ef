"""``captionacc-priority``: serve the priority API until a stop signal."""

import uvicorn
from captionacc_http.edge.serving import serve, server_config
from captionacc_observability.logging import configure_logging
from captionacc_observability.settings import load_or_exit

from captionacc_priority.app import create_app
from captionacc_priority.settings import PrioritySettings

# The gateways and workers keep a few connections each.
CONNECTIONS = 500
# A ranking takes milliseconds.
DRAIN_S = 5


def main() -> None:
    settings = load_or_exit(PrioritySettings)
    configure_logging("priority", level=settings.log_level, log_format=settings.log_format)
    config = server_config(create_app(settings.policy()), connections=CONNECTIONS, drain_s=DRAIN_S)
    serve(
        uvicorn.Server(config),
        command="captionacc-priority",
        host=settings.host,
        ports=[settings.port],
    )


if __name__ == "__main__":
    main()
