"""How every service stands behind its edge, and how uvicorn serves it."""

import sys
from collections.abc import Sequence

from captionacc_observability.listening import listening_socket
from captionacc_observability.metrics import Histogram
from litestar import Litestar
from uvicorn import Config, Server

from captionacc_http.edge.bodies import bounded_bodies
from captionacc_http.edge.connections import KEEP_ALIVE_S, protocol_with
from captionacc_http.edge.methods import with_head_and_options
from captionacc_http.edge.request_log import log_requests


def with_edge(app: Litestar, seconds: Histogram) -> Litestar:
    """Give an application the edge that all services share; see the modules of this folder.

    Litestar's own middleware runs only behind a route, so it would miss unknown paths.
    """
    app.asgi_handler = log_requests(
        with_head_and_options(bounded_bodies(app.asgi_handler)), seconds
    )
    return app


def server_config(app: Litestar, *, connections: int, drain_s: int) -> Config:
    """How to serve an application, for ``uvicorn.Server``.

    Args:
        app: The application.
        connections: Most connections of clients at a time.
        drain_s: Seconds that requests get to end when the service stops.
    """
    protocol = protocol_with(connections)
    return Config(
        app,
        http=protocol,
        ws="none",
        log_config=None,
        access_log=False,
        backlog=protocol.queue,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=drain_s,
    )


def serve(server: Server, *, command: str, host: str, ports: Sequence[int]) -> None:
    """Serve until a stop signal; exit 1 when the service cannot listen or start.

    ``command`` names the service in the error message.
    """
    try:
        sockets = [listening_socket(host, port) for port in ports]
    except OSError as error:
        sys.stderr.write(f"{command}: cannot listen on {host}: {error}\n")
        raise SystemExit(1) from error
    server.run(sockets)
    if not server.started:
        raise SystemExit(1)
