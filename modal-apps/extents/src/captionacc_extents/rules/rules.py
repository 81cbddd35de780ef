"""All rules of a model, and the table of them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, get_args, get_type_hints

from captionacc_extents.rules.decoding import DecodingRules
from captionacc_extents.rules.reading import ReadingRules
from captionacc_extents.rules.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules that a model was shipped with."""

    reading: ReadingRules
    decoding: DecodingRules

    @property
    def reach(self) -> int:
        """Frames that are needed on either side of a frame to compare means around it."""
        return self.reading.mean_frames + self.reading.far_gap

    def with_reading(self, **values: Any) -> "Rules":
        """The same rules with other values of some reading rules."""
        return replace(self, reading=replace(self.reading, **values))

    def with_decoding(self, **values: Any) -> "Rules":
        """The same rules with other values of some decoding rules."""
        return replace(self, decoding=replace(self.decoding, **values))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the table: where a rule belongs, its name, what it is, and its value."""

    part: str
    name: str
    rule: Rule
    value: object


def described(part: type) -> dict[str, Rule]:
    """What is written beside each field of `ReadingRules` or `DecodingRules`, by name."""
    hints = get_type_hints(part, include_extras=True)
    found: dict[str, Rule] = {}
    for field in fields(part):
        rules = [note for note in get_args(hints[field.name])[1:] if isinstance(note, Rule)]
        if len(rules) != 1:
            raise TypeError(f"{part.__name__}.{field.name} needs exactly one Rule beside its type.")
        found[field.name] = rules[0]
    return found


def rows(rules: Rules) -> Iterator[Row]:
    """The whole table in the order in which it is written."""
    for part in fields(rules):
        values = getattr(rules, part.name)
        for name, rule in described(type(values)).items():
            yield Row(part=part.name, name=name, rule=rule, value=getattr(values, name))
