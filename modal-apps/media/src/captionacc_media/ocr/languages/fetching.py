"""Fetches a recogniser from where the package rapidocr says that it lies. Only on a person's wish.

The address and the digest of every model are in the package, so a wrong or torn file is noticed.
"""

import hashlib
import logging
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError

from captionacc_media.ocr.languages.recognisers import Recogniser, model_file


class ModelSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model lies, and the SHA-256 digest that its bytes must have."""

    url: str
    sha256: str


def source_of(recogniser: Recogniser) -> ModelSource:
    """What the package rapidocr says about the model of ``recogniser``."""
    # Imported here because the import takes a second, which only a fetch should pay.
    from rapidocr.inference_engine.base import FileInfo, InferSession
    from rapidocr.utils.typings import EngineType, ModelType, OCRVersion, TaskType

    found = InferSession.get_model_url(
        FileInfo(
            engine_type=EngineType.ONNXRUNTIME,
            ocr_version=OCRVersion.PPOCRV5,
            task_type=TaskType.REC,
            lang_type=recogniser.value,
            model_type=ModelType.MOBILE,
        )
    )
    return ModelSource(url=found["model_dir"], sha256=found["SHA256"])


def on_mirror(source: ModelSource, mirror: str) -> ModelSource:
    """The same model on another server, below ``mirror`` at the path of the original address."""
    path = urlsplit(source.url).path
    return ModelSource(url=mirror.rstrip("/") + path, sha256=source.sha256)


def fetch(recogniser: Recogniser, source: ModelSource, folder: Path) -> Path:
    """Fetch the model into ``folder``, with rapidocr's own code. Blocks until it is there.

    A fetch that ends early leaves nothing behind.

    Raises:
        TransientError: ``ocr_unavailable`` when the server cannot be reached.
        PermanentError: ``model_invalid`` when the file does not have the digest.
    """
    from rapidocr.utils.download_file import (
        DownloadFile,
        DownloadFileException,
        DownloadFileInput,
    )

    target = model_file(folder, recogniser)
    folder.mkdir(parents=True, exist_ok=True)
    quiet = logging.getLogger("captionacc.fetching")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as unfinished:
        received = Path(unfinished) / target.name
        try:
            DownloadFile.run(
                DownloadFileInput(
                    file_url=source.url,
                    save_path=received,
                    logger=quiet,
                    sha256=source.sha256,
                    verbose=False,
                )
            )
        except (DownloadFileException, OSError) as error:
            server = urlsplit(source.url).netloc
            raise TransientError(
                ErrorCode.OCR_UNAVAILABLE,
                f"The recogniser {recogniser} could not be fetched from {server}: check the "
                "connection of this machine and try again, or name another server with --mirror.",
            ) from error
        if _digest(received) != source.sha256:
            raise PermanentError(
                ErrorCode.MODEL_INVALID,
                f"The file at {source.url} is not the recogniser that rapidocr names: its digest "
                "differs, so it was not installed.",
            )
        received.replace(target)
    return target


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
