"""Keeps the pages of operators off the public port."""

from collections.abc import Sequence

from litestar.types import ASGIApp, Receive, Scope, Send


def only_on_port(app: ASGIApp, port: int, paths: Sequence[str]) -> ASGIApp:
    """Wrap an application: ``paths`` and what lies below them exist on ``port`` alone.

    On other ports they are answered as any path that does not exist.
    """

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if _is_below(scope["path"], paths):
            server = scope.get("server")
            if server is None or server[1] != port:
                scope["path"] = "/not-on-this-port"
        await app(scope, receive, send)

    return answered


def _is_below(path: str, parents: Sequence[str]) -> bool:
    # The router ignores repeated slashes and a slash at the end.
    plain = "/" + "/".join(part for part in path.split("/") if part)
    return any(plain == parent or plain.startswith(f"{parent}/") for parent in parents)
