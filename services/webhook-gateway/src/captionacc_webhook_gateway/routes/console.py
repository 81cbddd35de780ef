"""The console: a page for people, whose built files the gateway serves."""

from typing import Any

from captionacc_http.raises import raises
from litestar import Request, Response, Router, get
from litestar.params import FromPath

from captionacc_webhook_gateway.console_files import PAGE, ConsoleFiles
from captionacc_webhook_gateway.errors import NotFoundError

PATH = "/console"


def console_routes(files: ConsoleFiles) -> Router:
    """Return the routes that serve the console."""

    def send(path: str) -> Response[bytes]:
        found = files.find(path)
        if found is None:
            message = f"The console has no file {path.strip('/') or PAGE!r}; reload the page."
            raise NotFoundError(message)
        return Response(found.content, media_type=found.media_type, headers=found.headers)

    @get("/", sync_to_thread=True)
    @raises(NotFoundError)
    def page() -> Response[bytes]:
        """Send the page."""
        return send("")

    @get("/{path:path}", sync_to_thread=True)
    @raises(NotFoundError)
    def file(path: FromPath[str]) -> Response[bytes]:
        """Send a file, or the page for an address that the page itself understands."""
        return send(path)

    return Router(
        PATH,
        route_handlers=[page, file],
        include_in_schema=False,
        before_request=_any_query,
    )


async def _any_query(_: Request[Any, Any, Any]) -> None:
    """Let every query through: the page keeps filters there, which mean nothing to the gateway."""
