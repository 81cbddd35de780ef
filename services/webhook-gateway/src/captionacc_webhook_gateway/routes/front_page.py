"""What a browser gets that opens the gateway's own address."""

from captionacc_http.raises import raises
from captionacc_http.swagger_page import favicon
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect


def front_page(leads_to: str) -> HTTPRouteHandler:
    """Return the route of the gateway's own address, which leads to another one."""

    @get("/", include_in_schema=False, sync_to_thread=False)
    @raises()
    def lead() -> Redirect:
        """Lead to the page for people."""
        return Redirect(leads_to, status_code=302)

    return lead


@get("/favicon.ico", include_in_schema=False, media_type="image/png", sync_to_thread=False)
@raises()
def tab_icon() -> Response[bytes]:
    """Send the picture that browsers show in a tab."""
    return Response(favicon(), headers={"Cache-Control": "public, max-age=86400"})
