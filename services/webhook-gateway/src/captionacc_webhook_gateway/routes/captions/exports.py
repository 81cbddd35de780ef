"""Routes that export the captions of a video as a file: one per format."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import msgspec
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.frames.tracks import FIRST_TRACK, MOST_TRACKS
from captionacc_exports.formats import ExportFormat, export, media_type_of
from captionacc_exports.options import ExportOptions
from captionacc_exports.writers.captions_json import CaptionsFile
from captionacc_exports.writers.truth import Truth
from captionacc_http.raises import raises
from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_user
from captionacc_webhook_gateway.routes.own_rows import own_video
from captionacc_webhook_gateway.services import Used
from captionacc_webhook_gateway.views import caption_view, video_summary

# No video is longer.
DAY_S = 86_400

_TITLES = {
    ExportFormat.SRT: "SubRip",
    ExportFormat.VTT: "WebVTT",
    ExportFormat.ASS: "SubStation Alpha",
    ExportFormat.TTML: "TTML",
    ExportFormat.CSV: "a table of comma-separated values",
    ExportFormat.TXT: "plain text, one caption per line",
    ExportFormat.JSON: "JSON; docs/captions.schema.json is the schema",
    ExportFormat.TRUTH: "training truth: the confirmed captions of one track",
}

_CONTENTS: Mapping[ExportFormat, type[msgspec.Struct]] = {
    ExportFormat.JSON: CaptionsFile,
    ExportFormat.TRUTH: Truth,
}

ExportChoice = NamedDependency[SkipValidation[ExportOptions]]
"""Type of a route's parameter ``options``."""


async def provide_export_options(
    confirmed: Annotated[
        bool, QueryParameter(description="Leave out captions that no person confirmed.")
    ] = False,
    gaps: Annotated[
        bool, QueryParameter(description="Also list the gaps; only tables and JSON can.")
    ] = False,
    drop_empty: Annotated[
        bool, QueryParameter(description="Leave out captions without text.")
    ] = False,
    track: Annotated[
        int | None,
        QueryParameter(
            ge=FIRST_TRACK, le=MOST_TRACKS, description="Export this track only; default: all."
        ),
    ] = None,
    offset: Annotated[
        float, QueryParameter(ge=-DAY_S, le=DAY_S, description="Seconds to add to all times.")
    ] = 0.0,
    bom: Annotated[
        bool, QueryParameter(description="Begin with a byte order mark, as some players need it.")
    ] = False,
    crlf: FromQuery[bool] = False,
) -> ExportOptions:
    """Provide the parameter ``options`` of the routes."""
    return ExportOptions(
        only_confirmed=confirmed,
        gaps=gaps,
        drop_empty=drop_empty,
        track=track,
        offset_seconds=offset,
        bom=bom,
        crlf=crlf,
    )


def _route(export_format: ExportFormat) -> HTTPRouteHandler:
    title = _TITLES[export_format]
    name = "".join(part.capitalize() for part in export_format.value.split("."))

    @get(
        f"/captions.{export_format.value}",
        operation_id=f"export{name}",
        summary=f"Export captions as {title}",
        media_type=media_type_of(export_format),
        responses=_documented(export_format),
    )
    @raises(NotFoundError, ErrorCode.EXPORT_INVALID, ErrorCode.STATE_CONFLICT, TransientError)
    async def exported(
        request: UserRequest, services: Used, video_id: FromPath[UUID], options: ExportChoice
    ) -> Response[bytes]:
        """Export captions; times are on the clock of the file.

        A cue that is not at the bottom says where it is. A caption without text shows a
        placeholder. The file is named after the video and its language.
        """
        async with services.database.transaction() as session:
            video = await own_video(session, request.user, video_id)
            captions = await session.captions.for_video(video_id)
        shown = [caption_view(video, each) for each in captions]
        made = export(export_format, video_summary(video), shown, options)
        return Response(
            made.content,
            media_type=f"{made.media_type}; charset=utf-8",
            headers={"Content-Disposition": _attachment(made.name)},
        )

    return exported


def _documented(export_format: ExportFormat) -> Mapping[int, ResponseSpec] | None:
    """The schema of the formats that are JSON; the others are text."""
    content = _CONTENTS.get(export_format)
    if content is None:
        return None
    described = ResponseSpec(content, description="The file.", generate_examples=False)
    return {HTTPStatus.OK: described}


def _attachment(name: str) -> str:
    """The header that names a download, as RFC 6266 has it; old browsers see the ASCII form."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


EXPORT_ROUTES = Router(
    path="/videos/{video_id:uuid}",
    route_handlers=[_route(each) for each in ExportFormat],
    guards=[require_user],
    dependencies={"options": Provide(provide_export_options)},
    tags=["exports"],
    security=USER_SECURITY,
)
