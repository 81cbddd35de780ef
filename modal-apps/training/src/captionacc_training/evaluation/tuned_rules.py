"""The rules that `tune` found, kept as `decoding.json` in the working folder."""

from pathlib import Path

from captionacc_extents.rules.loading import parse_rules, rules_text
from captionacc_extents.rules.rules import Rules

TUNED = "decoding.json"


def write_tuned(root: Path, rules: Rules) -> None:
    """Keep rules for the commands that follow `tune`."""
    (root / TUNED).write_bytes(rules_text(rules))


def read_tuned(root: Path, shipped: Rules) -> Rules:
    """The decoding rules that `tune` kept, or all rules of the shipped model if it did not run.

    Reading rules are always those of the model, since the scores were computed with them.
    """
    path = root / TUNED
    if not path.exists():
        return shipped
    return shipped.with_decoding(**vars(parse_rules(path.read_bytes()).decoding))
