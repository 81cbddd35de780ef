"""What a browser gets that opens the gateway's own address."""

from captionacc_http.raises import raises
from captionacc_http.swagger_page import favicon
from litestar import Response, get
from litestar.response import Redirect


@get("/", include_in_schema=False, sync_to_thread=False)
@raises()
def front_page() -> Redirect:
    """Lead to the API's documentation."""
    return Redirect("/schema", status_code=302)


@get("/favicon.ico", include_in_schema=False, media_type="image/png", sync_to_thread=False)
@raises()
def tab_icon() -> Response[bytes]:
    """Send the picture that browsers show in a tab."""
    return Response(favicon(), headers={"Cache-Control": "public, max-age=86400"})
