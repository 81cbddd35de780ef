"""Recognisers are fetched from a server that holds them at the path that rapidocr names."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.languages.language import parse_language
from captionacc_media.ocr.languages.engines import Engine, choose_engine
from captionacc_media.ocr.languages.fetching import ModelSource, fetch, on_mirror, source_of
from captionacc_media.ocr.languages.recognisers import Recogniser
from captionacc_media.ocr.local import LocalOcr, installed_here
from captionacc_media.ocr.pages import page_text
from captionacc_media.ocr.recognition.line_detector import packaged_model
from captionacc_testkit.media import picture


class Mirror:
    """Serves ``content`` by path; ``asked`` lists the paths that were asked for."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                found = outer.content.get(self.path)
                self.send_response(404 if found is None else 200)
                self.send_header("Content-Length", str(len(found or b"")))
                self.end_headers()
                self.wfile.write(found or b"")

            def log_message(self, *_: object) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    started = Mirror()
    thread = threading.Thread(target=started.server.serve_forever)
    thread.start()
    yield started
    started.server.shutdown()
    thread.join()
    started.server.server_close()


@pytest.mark.parametrize("recogniser", Recogniser)
def test_the_package_names_the_address_and_the_digest_of_every_recogniser(
    recogniser: Recogniser,
) -> None:
    source = source_of(recogniser)
    assert source.url.startswith("https://")
    assert source.url.endswith(f"/{recogniser}_PP-OCRv5_rec_mobile.onnx")
    assert len(source.sha256) == 64


async def test_an_installed_recogniser_reads_its_language(mirror: Mirror, tmp_path: Path) -> None:
    folder = tmp_path / "recognisers"
    named = on_mirror(source_of(Recogniser.ESLAV), mirror.url)
    # The models of other scripts cannot be had in a test, so the one of the package stands in.
    model = packaged_model("PP-OCRv6_rec_small.onnx").read_bytes()
    mirror.content[urlsplit(named.url).path] = model
    source = msgspec.structs.replace(named, sha256=hashlib.sha256(model).hexdigest())
    fetch(Recogniser.ESLAV, source, folder)
    assert mirror.asked == [urlsplit(source_of(Recogniser.ESLAV).url).path]
    assert [path.name for path in folder.iterdir()] == ["eslav_PP-OCRv5_rec_mobile.onnx"]
    choice = choose_engine(parse_language("ru"), installed_here(folder))
    assert choice.engine is Engine.RECOGNISER
    engine = LocalOcr(folder=folder)
    reading = await engine.read([picture((640, 360), 1, "The boats came back")], "ru")
    assert page_text(reading.pages[0])[0] == "The boats came back"
    assert engine.name.endswith("PP-OCRv5 eslav")


def test_a_file_with_another_digest_is_not_installed(mirror: Mirror, tmp_path: Path) -> None:
    source = on_mirror(source_of(Recogniser.THAI), mirror.url)
    mirror.content[urlsplit(source.url).path] = b"an error page"
    with pytest.raises(PermanentError, match="its digest differs") as refused:
        fetch(Recogniser.THAI, source, tmp_path)
    assert refused.value.code is ErrorCode.MODEL_INVALID
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("away", ["http://127.0.0.1:9", "mirror"])
def test_a_server_that_is_away_leaves_nothing_and_names_the_remedy(
    away: str, mirror: Mirror, tmp_path: Path
) -> None:
    url = mirror.url if away == "mirror" else away
    source = ModelSource(url=f"{url}/model.onnx", sha256="0" * 64)
    with pytest.raises(TransientError, match="check the connection of this machine") as failed:
        fetch(Recogniser.KOREAN, source, tmp_path)
    assert failed.value.code is ErrorCode.OCR_UNAVAILABLE
    assert urlsplit(url).netloc in failed.value.message
    assert list(tmp_path.iterdir()) == []
