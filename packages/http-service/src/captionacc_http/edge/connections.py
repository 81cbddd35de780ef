"""Connections with time limits, and a limit on their number; uvicorn has neither.

A client that sends its request slowly, or nothing at all, loses its connection. When there are too
many connections, the one whose client has kept the service waiting longest makes room for a new
one, so that slow clients cannot keep others out.
"""

import asyncio
import resource
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import uuid4

import h11
import msgspec
from captionacc_contracts.errors import Problem
from captionacc_observability import metrics
from captionacc_observability.logging import get_logger
from uvicorn.protocols.http.h11_impl import H11Protocol

from captionacc_http.problems import PROBLEM_JSON

# A request's head takes one or two packets. Mobile networks lose packets for a few seconds.
HEAD_WITHIN_S = 10.0
# A client that reads nothing for this long is gone, or wants to fill the memory.
READ_WITHIN_S = 30.0
# Proxies and browsers use a connection again within this time; uvicorn's default is 5 s.
KEEP_ALIVE_S = 30
# New connections that the system keeps until the service accepts them. A full queue drops a
# client's packets: its request comes a second late, and a client that sends nothing waits for a
# service that does not know it. This is as many as a service has connections.
LONGEST_QUEUE = 1024
# A queue is accepted at one go, before any of its clients can be refused. So where files are
# scarce, it gets this share of them.
QUEUE_SHARE = 1 / 4
# Files that are no connections of clients: the database's pool and logs.
OTHER_FILES = 64
# The answer is one packet, so a client has it after this time even on a slow network.
LINGER_S = 2.0
# Twice the largest body that a service takes: clients that are a little over get their 413.
LINGER_BYTES = 8 * 1024 * 1024
# A refused client should find a free place after a short while.
RETRY_AFTER_S = 2

OPEN = metrics.Gauge("captionacc_http_connections", "Open connections of clients")
CLOSED = metrics.Counter(
    "captionacc_http_connections_closed", "Connections that the service closed early", ["reason"]
)

_log = get_logger(__name__)


class LingeringTransport(asyncio.Transport):
    """A transport whose ``close`` lets the client read the answer while it still sends.

    A socket that is closed with unread data resets the connection, and then the client may lose
    the answer, such as a 413. Here the client first gets the answer and its end. Many clients read
    only once they have sent everything, so a little more is read from them and thrown away.
    """

    def __init__(self, transport: asyncio.Transport, is_unread: Callable[[], bool]) -> None:
        super().__init__()
        self._transport = transport
        self._is_unread = is_unread
        self._lingers = False
        self._thrown_away = 0

    def throw_away(self, data: bytes) -> None:
        """Take data that arrives while the transport lingers."""
        self._thrown_away += len(data)
        if self._thrown_away > LINGER_BYTES:
            self._transport.abort()

    def close(self) -> None:
        if self._lingers or self._transport.is_closing():
            return
        if not self._is_unread():
            self._transport.close()
            return
        self._lingers = True
        self._transport.write_eof()
        self._transport.resume_reading()
        asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)

    def is_closing(self) -> bool:
        return self._lingers or self._transport.is_closing()

    def abort(self) -> None:
        self._transport.abort()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._transport.write(data)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        if not self._lingers:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()


class LimitedProtocol(H11Protocol):
    """One connection of a client; see :func:`protocol_with`."""

    most: ClassVar[int] = 1000
    queue: ClassVar[int] = LONGEST_QUEUE

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._waits_since = self.loop.time()
        self._head_deadline: asyncio.TimerHandle | None = None
        self._read_deadline: asyncio.TimerHandle | None = None

    @property
    def _busy(self) -> bool:
        """Whether a request has arrived and its answer is not complete."""
        cycle: Any = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

    @property
    def _waits(self) -> bool:
        """Whether the service waits for the client, for a request or for the rest of its body."""
        return not self._busy or self._is_body_unread()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        self._lingering = LingeringTransport(transport, self._is_body_unread)
        super().connection_made(self._lingering)
        OPEN.inc()
        self._expect_head()
        if len(self.connections) > self.most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        OPEN.dec()
        self._expect_nothing()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._lingering.is_closing():
            self._lingering.throw_away(data)
            return
        if self._head_deadline is None and not self._busy:
            self._expect_head()
        super().data_received(data)
        if self._busy:
            self._expect_nothing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._waits_since = self.loop.time()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._read_deadline = self.loop.call_later(READ_WITHIN_S, self._close, "slow reader")

    def resume_writing(self) -> None:
        if self._read_deadline is not None:
            self._read_deadline.cancel()
            self._read_deadline = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP; the request reaches no route."""
        self._answer(400, "Bad Request", f"{msg} Send HTTP/1.1.")

    def _is_body_unread(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY

    def _expect_head(self) -> None:
        self._head_deadline = self.loop.call_later(HEAD_WITHIN_S, self._close, "slow request")

    def _expect_nothing(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _close(self, reason: str) -> None:
        CLOSED.labels(reason).inc()
        # Leave the set now: the transport reports the end only in the next turn of the loop.
        self.connections.discard(self)
        self.transport.abort()

    def _make_room(self) -> None:
        waiting = [
            other
            for other in self.connections
            if isinstance(other, LimitedProtocol) and other is not self and other._waits
        ]
        if waiting:
            min(waiting, key=lambda other: other._waits_since)._close("room for another")
            return
        CLOSED.labels("too many").inc()
        self.connections.discard(self)
        self._answer(
            503,
            "Service Unavailable",
            "The service has too many connections; try again soon.",
            (b"retry-after", str(RETRY_AFTER_S).encode()),
        )

    def _answer(self, status: int, title: str, detail: str, *headers: tuple[bytes, bytes]) -> None:
        """Send a problem document and close the connection."""
        request_id = uuid4().hex
        _log.info("connection_refused", status=status, reason=detail, request_id=request_id)
        body = msgspec.json.encode(Problem(title=title, status=status, detail=detail))
        head = h11.Response(
            status_code=status,
            reason=title,
            headers=[
                (b"content-type", PROBLEM_JSON.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"x-request-id", request_id.encode()),
                (b"connection", b"close"),
                *headers,
            ],
        )
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def protocol_with(most: int) -> type[LimitedProtocol]:
    """Return the protocol that allows ``most`` connections, or fewer if files are scarce.

    Its ``queue`` is how many new connections may wait to be accepted.
    """
    files = _raised_to(most + LONGEST_QUEUE + OTHER_FILES)
    queue = min(LONGEST_QUEUE, int(files * QUEUE_SHARE))
    fit = max(1, files - queue - OTHER_FILES)
    return type("ServiceProtocol", (LimitedProtocol,), {"most": min(most, fit), "queue": queue})


def _raised_to(files: int) -> int:
    """Raise the process's limit of open files to ``files`` if that is allowed; return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < files:
        soft = files if hard == resource.RLIM_INFINITY else min(files, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft
