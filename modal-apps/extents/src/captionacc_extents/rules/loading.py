"""Read and write `decoding.json`, the values of all rules of a model."""

from dataclasses import fields
from typing import Any

import msgspec

from captionacc_extents.rules.rules import Rules


class RulesInvalidError(ValueError):
    """The text is not a complete set of rules."""


def parse_rules(text: bytes) -> Rules:
    """The rules of a `decoding.json`.

    Raises:
        RulesInvalidError: it is not JSON, or a rule is missing, unknown or of another type.
    """
    try:
        values = msgspec.json.decode(text, type=dict[str, dict[str, Any]])
        _check_names("parts", values.keys(), Rules)
        for part in fields(Rules):
            _check_names(f"rules of {part.name}", values[part.name].keys(), part.type)
        rules = msgspec.convert(values, Rules)
    except msgspec.MsgspecError as error:
        raise RulesInvalidError(f"It cannot be read: {error}.") from error
    if rules.reading.block_frames % (2 * rules.reading.sample_every):
        raise RulesInvalidError(
            "block_frames must be a multiple of twice sample_every; correct it."
        )
    return rules


def rules_text(rules: Rules) -> bytes:
    """The text of a `decoding.json`; `parse_rules` gives the same rules again."""
    return msgspec.json.format(msgspec.json.encode(rules), indent=2) + b"\n"


def _check_names(what: str, names: Any, expected: Any) -> None:
    known = {field.name for field in fields(expected)}
    if missing := sorted(known - set(names)):
        raise RulesInvalidError(f"It lacks the {what} {', '.join(missing)}; add them.")
    if unknown := sorted(set(names) - known):
        raise RulesInvalidError(f"It names unknown {what}: {', '.join(unknown)}; remove them.")
