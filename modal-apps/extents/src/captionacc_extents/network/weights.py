"""The shipped weights, each held to the digest that is committed beside it."""

import hashlib
from pathlib import Path

from captionacc_contracts.errors import ErrorCode, PermanentError

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
DIGESTS = "extents.sha256"
SAFETENSORS = "extents.safetensors"
ENCODER = "encoder.onnx"
PRESENCE = "presence.onnx"
PAIR = "pair.onnx"


def model_version(folder: Path = WEIGHTS_FOLDER) -> str:
    """The sha256 of the weights, which names the model whichever runtime runs it."""
    return _digest(folder, SAFETENSORS)


def read_weights(name: str, folder: Path = WEIGHTS_FOLDER) -> bytes:
    """The bytes of one file of the model.

    Raises PermanentError (MODEL_INVALID) when the file or its digest is missing, or they differ.
    """
    expected = _digest(folder, name)
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise PermanentError(
            ErrorCode.MODEL_INVALID,
            f"The extents model's {name} is missing; install the package again or train it.",
        ) from error
    if hashlib.sha256(data).hexdigest() != expected:
        raise PermanentError(
            ErrorCode.MODEL_INVALID,
            f"The extents model's {name} is not the file that {DIGESTS} names; restore it or "
            "export the model again.",
        )
    return data


def write_digests(folder: Path) -> None:
    """Write the digest file for the files of a model, as `sha256sum` would."""
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in (SAFETENSORS, ENCODER, PRESENCE, PAIR)
    ]
    (folder / DIGESTS).write_text("".join(lines), "ascii")


def _digest(folder: Path, name: str) -> str:
    try:
        lines = (folder / DIGESTS).read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PermanentError(
            ErrorCode.MODEL_INVALID,
            f"The extents model's digest file {DIGESTS} is missing or unreadable; restore it.",
        ) from error
    digests: dict[str, str] = {}
    for line in lines:
        digest, _, file = line.partition("  ")
        digests[file] = digest
    if name not in digests:
        raise PermanentError(
            ErrorCode.MODEL_INVALID, f"The digest file {DIGESTS} does not name {name}; restore it."
        )
    return digests[name]
