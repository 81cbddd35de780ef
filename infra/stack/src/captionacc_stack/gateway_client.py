"""A client of the gateway's REST routes, which the web app uses too."""

import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import unquote
from uuid import UUID

import httpx
import msgspec
from captionacc_contracts.api import (
    ApproveLayout,
    CaptionList,
    Launched,
    RequestOcr,
    VideoList,
    VideoSummary,
    VideoView,
)
from captionacc_contracts.errors import Problem
from captionacc_contracts.events import Event, EventKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.web.sign_in import SignInLink
from captionacc_contracts.web.uploads import NewUpload, UploadView, VideoDeleted

# Longer than the gateway's own time-outs, so that the gateway's answer arrives first.
_LIMIT_S = 15.0
# Twice the time after which the gateway shows that a quiet stream still lives.
_QUIET_LIMIT_S = 30.0
# The most that the gateway gives: a list is asked for to its end.
_VIDEOS_PER_PAGE = 500
_EVENT_KINDS = frozenset(EventKind)
# RFC 6266: the form of a name that may have any letters.
_FILE_NAME = re.compile(r"filename\*=UTF-8''([^;]+)")

T = TypeVar("T")


class GatewayRefusalError(Exception):
    """The gateway answered with a problem. ``str`` gives one line: ``code: sentence``."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(status, code, detail)
        self.status = status
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file that the gateway wrote, and the name that it gave the file."""

    name: str
    content: bytes


class GatewayClient:
    """Asks the gateway on behalf of one tenant; use it as an asynchronous context manager.

    ``force`` asks for a new computation even if a stored result exists for the same input.
    """

    def __init__(self, base_url: str, token: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=_LIMIT_S,
            # The gateway is on loopback, so ignore the proxy settings of the environment.
            trust_env=False,
        )

    async def videos(self) -> list[VideoSummary]:
        """All videos of the tenant, latest upload first."""
        address: str | None = f"/videos?limit={_VIDEOS_PER_PAGE}"
        found: list[VideoSummary] = []
        while address is not None:
            page = await self._ask("GET", address, VideoList)
            found += page.videos
            address = page.next
        return found

    async def video(self, video: UUID) -> VideoView:
        return await self._ask("GET", f"/videos/{video}", VideoView)

    async def captions(self, video: UUID) -> CaptionList:
        return await self._ask("GET", f"/videos/{video}/captions", CaptionList)

    async def subtitles(self, video: UUID, kind: str) -> str:
        """The captions as ``srt`` or ``vtt``."""
        return (await self._send("GET", f"/videos/{video}/captions.{kind}", None)).text

    async def export(self, video: UUID, kind: str, options: Mapping[str, str]) -> Download:
        """The captions as a file of the format ``kind``; ``options`` are the query of the route."""
        address = str(httpx.URL(f"/videos/{video}/captions.{kind}", params=dict(options)))
        response = await self._send("GET", address, None)
        given = _FILE_NAME.search(response.headers.get("Content-Disposition", ""))
        name = f"captions.{kind}" if given is None else PurePosixPath(unquote(given[1])).name
        return Download(name=name, content=response.content)

    async def delete(self, video: UUID) -> VideoDeleted:
        """Cancel the work on the video, and delete it; an event says when its files are gone."""
        return await self._ask("DELETE", f"/videos/{video}", VideoDeleted)

    async def sign_in_link(self) -> SignInLink:
        """A link that signs a browser in once, as the user of this client."""
        return await self._ask("POST", "/sign-in-links", SignInLink)

    async def begin_upload(self, upload: NewUpload) -> UploadView:
        """Begin an upload; the answer says where to send its first parts."""
        return await self._ask("POST", "/videos", UploadView, upload)

    async def upload(self, upload: UUID) -> UploadView:
        """Which parts the store has, and where to send the next ones."""
        return await self._ask("GET", f"/uploads/{upload}", UploadView)

    async def complete_upload(self, upload: UUID) -> VideoSummary:
        """Make a video of the parts, and start its work."""
        return await self._ask("POST", f"/uploads/{upload}/complete", VideoSummary)

    @contextlib.asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[Event]]:
        """The tenant's events from the beginning of the block on, until the stream is cut."""
        limits = httpx.Timeout(_LIMIT_S, read=_QUIET_LIMIT_S)
        try:
            async with self._http.stream("GET", "/events", timeout=limits) as response:
                if response.is_error:
                    await response.aread()
                    raise _refusal(response)
                lines = response.aiter_lines()
                # The stream has every event that is later than its first message.
                async for line in lines:
                    if line == "event: snapshot":
                        break
                yield _events(lines)
        except httpx.HTTPError as error:
            raise _no_answer("GET", "/events", error) from error

    async def approve_layout(
        self, video: UUID, *regions: CropRegion, force: bool = False
    ) -> Launched:
        """Approve one crop region per track, the region of the first track first."""
        path = _forced(f"/videos/{video}/approve-layout", force)
        body = (
            ApproveLayout(crop_region=regions[0])
            if len(regions) == 1
            else ApproveLayout(crop_regions=list(regions))
        )
        return await self._ask("POST", path, Launched, body)

    async def request_ocr(self, video: UUID, *, force: bool = False) -> Launched:
        """Ask for the text of every caption that has none."""
        path = _forced(f"/videos/{video}/captions/request-ocr", force)
        return await self._ask("POST", path, Launched, RequestOcr())

    async def retry(self, video: UUID, *, force: bool = False) -> Launched:
        """Ask for the first stage that failed or was cancelled once more."""
        return await self._ask("POST", _forced(f"/videos/{video}/retry", force), Launched)

    async def cancel(self, video: UUID) -> None:
        await self._send("POST", f"/videos/{video}/cancel", None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def _ask(
        self, method: str, path: str, kind: type[T], body: msgspec.Struct | None = None
    ) -> T:
        return msgspec.json.decode((await self._send(method, path, body)).content, type=kind)

    async def _send(self, method: str, path: str, body: msgspec.Struct | None) -> httpx.Response:
        try:
            response = await self._http.request(
                method,
                path,
                content=None if body is None else msgspec.json.encode(body),
                headers={} if body is None else {"Content-Type": "application/json"},
            )
        except httpx.HTTPError as error:
            raise _no_answer(method, path, error) from error
        if response.is_error:
            raise _refusal(response)
        return response


def _forced(path: str, force: bool) -> str:
    """``path`` with the query parameter, which is sent only when it is asked for."""
    return f"{path}?force=true" if force else path


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[Event]:
    """The events among the messages of a stream."""
    kind = ""
    async for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data" and kind in _EVENT_KINDS:
            yield msgspec.json.decode(value, type=Event)


def _no_answer(method: str, path: str, error: httpx.HTTPError) -> GatewayRefusalError:
    sentence = f"The gateway did not answer {method} {path} ({type(error).__name__})."
    return GatewayRefusalError(503, "gateway_unavailable", sentence)


def _refusal(response: httpx.Response) -> GatewayRefusalError:
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:
        return GatewayRefusalError(
            response.status_code, "gateway_error", f"The gateway answered {response.status_code}."
        )
    return GatewayRefusalError(
        response.status_code, problem.code or "request_refused", problem.detail or problem.title
    )
