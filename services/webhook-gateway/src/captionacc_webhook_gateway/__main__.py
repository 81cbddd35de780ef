"""``captionacc-webhook-gateway``: serve the API until a stop signal."""

from types import FrameType

import uvicorn
from captionacc_http.edge.serving import serve, server_config
from captionacc_observability.logging import configure_logging
from captionacc_observability.settings import load_or_exit
from captionacc_wasabi.settings import StoreSettings

from captionacc_webhook_gateway.app import create_app
from captionacc_webhook_gateway.live_events.wakes import Wakes
from captionacc_webhook_gateway.settings import GatewaySettings

# Twice HTTP_TIMEOUT_S, so requests in progress can still be answered.
DRAIN_S = 10


class _Server(uvicorn.Server):
    """Ends event streams on a stop signal; otherwise they would delay the stop by ``DRAIN_S``."""

    def __init__(self, config: uvicorn.Config, wakes: Wakes) -> None:
        super().__init__(config)
        self._wakes = wakes

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._wakes.close()
        super().handle_exit(sig, frame)


def main() -> None:
    settings = load_or_exit(GatewaySettings)
    store = load_or_exit(StoreSettings)
    configure_logging("webhook-gateway", level=settings.log_level, log_format=settings.log_format)
    wakes = Wakes(settings.event_stream_limit)
    app = create_app(settings, store, wakes)
    config = server_config(app, connections=settings.connection_limit, drain_s=DRAIN_S)
    ports = [settings.port]
    if settings.internal_port is not None:
        ports.append(settings.internal_port)
    serve(
        _Server(config, wakes),
        command="captionacc-webhook-gateway",
        host=settings.host,
        ports=ports,
    )


if __name__ == "__main__":
    main()
