from collections.abc import AsyncIterator, Iterator

import pytest
from captionacc_http.compression import SMALLEST_BYTES, accepts_gzip, compress_answers
from litestar import Litestar, MediaType, Response, get
from litestar.params import FromPath
from litestar.response import Stream
from litestar.testing import TestClient


@get("/text/{size:int}", media_type=MediaType.TEXT)
async def text(size: FromPath[int]) -> str:
    """Send a text of this size."""
    return "a" * size


@get("/picture", media_type="image/png")
async def picture() -> Response[bytes]:
    """Send what is compressed already."""
    return Response(b"a" * 10_000, media_type="image/png")


@get("/packed")
async def packed() -> Response[bytes]:
    """Send a body with an encoding of its own."""
    return Response(b"a" * 10_000, headers={"Content-Encoding": "identity"})


@get("/stream")
async def stream() -> Stream:
    """Send events."""

    async def lines() -> AsyncIterator[bytes]:
        yield b"data: 1\n\n"

    return Stream(lines(), media_type="text/event-stream")


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    app = Litestar([text, picture, packed, stream], middleware=[compress_answers])
    with TestClient(app) as running:
        yield running


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("identity, br", False),
        ("x-gzipped", False),
    ],
)
def test_a_header_says_whether_gzip_is_accepted(header: str | None, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@pytest.mark.parametrize("size", [SMALLEST_BYTES, 1_000_000])
def test_large_texts_are_compressed(client: TestClient[Litestar], size: int) -> None:
    answer = client.get(f"/text/{size}")

    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < size / 20
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.text == "a" * size


@pytest.mark.parametrize("path", [f"/text/{SMALLEST_BYTES - 1}", "/picture", "/stream"])
def test_other_answers_pass_unchanged(client: TestClient[Litestar], path: str) -> None:
    assert "content-encoding" not in client.get(path).headers


def test_an_encoding_of_its_own_is_kept(client: TestClient[Litestar]) -> None:
    assert client.get("/packed").headers["content-encoding"] == "identity"


def test_a_client_that_accepts_no_gzip_gets_none(client: TestClient[Litestar]) -> None:
    answer = client.get("/text/5000", headers={"Accept-Encoding": "identity"})

    assert "content-encoding" not in answer.headers
    assert answer.text == "a" * 5000
