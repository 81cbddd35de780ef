"""Request bodies must arrive in time, and an unread body does not keep a connection busy."""

import asyncio

from litestar.exceptions import ClientException
from litestar.types import ASGIApp, Message, Receive, ReceiveMessage, Scope, Send

# Slow mobile networks send 1 MB, the largest body, in about this time.
BODY_WITHIN_S = 20.0
# More than this is not worth reading only to use the connection again.
LEFTOVER_BYTES = 65_536


class SlowBodyError(ClientException):
    """The body did not arrive in time."""

    status_code = 408


class ClientGoneError(ClientException):
    """The client left before its body was complete, so nobody reads the answer."""

    status_code = 400


def bounded_bodies(app: ASGIApp) -> ASGIApp:
    """Wrap an application: a body that takes longer than ``BODY_WITHIN_S`` is answered with
    408.

    A large body that the application does not read, as after a 401 or a 413, is not read at all:
    the connection ends after the answer.
    """

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        deadline = asyncio.get_running_loop().time() + BODY_WITHIN_S
        complete = late = started = False

        async def received() -> ReceiveMessage:
            nonlocal complete, late
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                late = True
                reason = f"The body did not arrive within {BODY_WITHIN_S:g} s; send it faster."
                raise SlowBodyError(reason) from error
            if message["type"] == "http.disconnect" and not started:
                reason = "The client left before its body was complete."
                raise ClientGoneError(reason)
            complete = not (message["type"] == "http.request" and message.get("more_body"))
            return message

        async def sent(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if late or (not complete and _is_large(scope)):
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await app(scope, received, sent)

    return bounded


def _is_large(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return True
    length = headers.get(b"content-length", b"0")
    return not length.isdigit() or int(length[:20]) > LEFTOVER_BYTES
