"""The page at ``/schema``, on which a person can try the routes: Swagger UI, without a CDN.

The files of Swagger UI come from the wheel ``flask-swagger-ui``, of which nothing is imported.
"""

import html
from collections.abc import Mapping
from importlib.metadata import files
from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.exceptions import NotFoundException
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.params import FromPath

from captionacc_http.raises import raises

# Swagger UI sets styles on elements and has small pictures as data; it needs nothing else.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_WHEEL = "flask-swagger-ui"
_KINDS: Mapping[str, str] = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
_START = "start.js"
_FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
# The files change only with a release of the service.
_CACHE = "public, max-age=3600"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{root}/files/swagger-ui.css">
<link rel="icon" href="{root}/files/favicon-32x32.png">
</head>
<body>
<noscript>This page needs JavaScript. <a href="{root}/plain">The plain page</a> does not.</noscript>
<main id="swagger-ui" data-document="{document}"></main>
<script src="{root}/files/swagger-ui-bundle.js"></script>
<script src="{root}/files/{start}"></script>
</body>
</html>
"""


class SwaggerPage(OpenAPIRenderPlugin):
    """Renders the page; type a token into "Authorize" and try a route."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        document = self.get_openapi_json_route(request)
        page = _PAGE.format(
            title=html.escape(openapi_schema["info"]["title"]),
            root=html.escape(document.rpartition("/")[0]),
            document=html.escape(document),
            start=_START,
        )
        return page.encode()


def schema_router() -> Router:
    """Return the router of ``/schema``, for ``OpenAPIConfig.openapi_router``."""
    return Router(
        "/schema",
        route_handlers=[_file],
        include_in_schema=False,
        response_headers=[
            ResponseHeader(name="Content-Security-Policy", value=_POLICY),
            ResponseHeader(name="X-Content-Type-Options", value="nosniff"),
            ResponseHeader(name="Referrer-Policy", value="no-referrer"),
        ],
    )


def favicon() -> bytes:
    """Return the picture of a tab, as PNG."""
    return _contents()["favicon-32x32.png"]


@get("/files/{name:str}", media_type=MediaType.TEXT, sync_to_thread=False)
@raises(NotFoundException)
def _file(name: FromPath[str]) -> Response[bytes]:
    """Send a file of Swagger UI."""
    contents = _contents().get(name)
    if contents is None:
        message = f"There is no file {name!r}."
        raise NotFoundException(message)
    kind = _KINDS[Path(name).suffix]
    return Response(contents, media_type=kind, headers={"Cache-Control": _CACHE})


_read: dict[str, bytes] = {}


def _contents() -> Mapping[str, bytes]:
    """Return the files by name; they are read once, when somebody first opens the page."""
    if not _read:
        found = {path.name: path.locate() for path in files(_WHEEL) or [] if "dist" in path.parts}
        _read.update({name: Path(str(found[name])).read_bytes() for name in _FILES})
        _read[_START] = Path(__file__).with_name("swagger_page.js").read_bytes()
    return _read
