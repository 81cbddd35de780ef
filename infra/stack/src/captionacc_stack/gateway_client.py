"""A client of the gateway's REST routes, which the web app uses too."""

from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

import httpx
import msgspec
from captionacc_contracts.api import (
    ApproveLayout,
    CaptionList,
    Launched,
    RequestOcr,
    VideoView,
)
from captionacc_contracts.errors import Problem
from captionacc_contracts.frames.geometry import CropRegion

# Longer than the gateway's own time-outs, so that the gateway's answer arrives first.
_LIMIT_S = 15.0

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

    async def video(self, video: UUID) -> VideoView:
        return await self._ask("GET", f"/videos/{video}", VideoView)

    async def captions(self, video: UUID) -> CaptionList:
        return await self._ask("GET", f"/videos/{video}/captions", CaptionList)

    async def subtitles(self, video: UUID, kind: str) -> str:
        """The captions as ``srt`` or ``vtt``."""
        return (await self._send("GET", f"/videos/{video}/captions.{kind}", None)).text

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
            sentence = f"The gateway did not answer {method} {path} ({type(error).__name__})."
            raise GatewayRefusalError(503, "gateway_unavailable", sentence) from error
        if response.is_error:
            raise _refusal(response)
        return response


def _forced(path: str, force: bool) -> str:
    """``path`` with the query parameter, which is sent only when it is asked for."""
    return f"{path}?force=true" if force else path


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
