"""The shipped model: its weights and rules, each file checked against the committed digests."""

import hashlib
from functools import cache
from pathlib import Path

from captionacc_contracts.errors import ErrorCode, PermanentError

from captionacc_extents.rules.loading import RulesInvalidError, parse_rules, rules_text
from captionacc_extents.rules.rules import Rules

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
DIGESTS = "extents.sha256"
SAFETENSORS = "extents.safetensors"
RULES = "decoding.json"
ENCODER = "encoder.onnx"
PRESENCE = "presence.onnx"
PAIR = "pair.onnx"

FILES = (SAFETENSORS, RULES, ENCODER, PRESENCE, PAIR)


def model_version(folder: Path = WEIGHTS_FOLDER) -> str:
    """The digest of the weights and the rules; it is the same for every runtime.

    It is what `grep -E 'safetensors|decoding' extents.sha256 | sha256sum` prints.
    """
    lines = (f"{_digest(folder, name)}  {name}\n" for name in (SAFETENSORS, RULES))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def scores_version(folder: Path = WEIGHTS_FOLDER) -> str:
    """The digest of what the scores depend on: the weights and the reading rules.

    Scores that are kept under it stay valid when a decoding rule changes.
    """
    reading = repr(read_rules(folder).reading)
    return hashlib.sha256(f"{_digest(folder, SAFETENSORS)} {reading}".encode()).hexdigest()


def read_weights(name: str, folder: Path = WEIGHTS_FOLDER) -> bytes:
    """The bytes of one file of the model.

    Raises:
        PermanentError: MODEL_INVALID: the file or its digest is missing, or they do not match.
    """
    expected = _digest(folder, name)
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise _invalid(
            f"The extents model's {name} is missing; install the package again or train the model."
        ) from error
    if hashlib.sha256(data).hexdigest() != expected:
        raise _invalid(
            f"The extents model's {name} does not match its digest in {DIGESTS}; restore the file, "
            "or run `python -m captionacc_training digests` after a change of a rule."
        )
    return data


def read_rules(folder: Path = WEIGHTS_FOLDER) -> Rules:
    """The rules of the model.

    Raises:
        PermanentError: MODEL_INVALID: the file is missing, does not match its digest, or is not a
            complete set of rules.
    """
    return _parsed(read_weights(RULES, folder))


@cache
def shipped_rules() -> Rules:
    """The rules of the model that this package ships."""
    return read_rules()


def write_rules(folder: Path, rules: Rules) -> None:
    """Write the rules of a model, without their digest; `write_digests` follows."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RULES).write_bytes(rules_text(rules))


def write_digests(folder: Path) -> None:
    """Write the digest file for the files of a model, in the format of `sha256sum`.

    Raises:
        PermanentError: MODEL_INVALID: the rules are not a complete set.
    """
    _parsed((folder / RULES).read_bytes())
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in FILES
    ]
    (folder / DIGESTS).write_text("".join(lines), "ascii")


def _parsed(text: bytes) -> Rules:
    try:
        return parse_rules(text)
    except RulesInvalidError as error:
        raise _invalid(f"The extents model's {RULES} is not a set of rules. {error}") from error


def _digest(folder: Path, name: str) -> str:
    try:
        lines = (folder / DIGESTS).read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid(
            f"The extents model's digest file {DIGESTS} is missing or unreadable; restore it."
        ) from error
    digests: dict[str, str] = {}
    for line in lines:
        digest, _, file = line.partition("  ")
        digests[file] = digest
    if name not in digests:
        raise _invalid(f"The digest file {DIGESTS} does not name {name}; restore it.")
    return digests[name]


def _invalid(message: str) -> PermanentError:
    return PermanentError(ErrorCode.MODEL_INVALID, message)
