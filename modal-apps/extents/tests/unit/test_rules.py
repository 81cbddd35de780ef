import json
from collections.abc import Callable
from typing import Any

import pytest
from captionacc_extents.network.weights import RULES, WEIGHTS_FOLDER, shipped_rules
from captionacc_extents.rules.loading import RulesInvalidError, parse_rules, rules_text
from captionacc_extents.rules.rule import Origin, Rule
from captionacc_extents.rules.rules import rows

Values = dict[str, dict[str, Any]]


def shipped_values() -> Values:
    values: Values = json.loads((WEIGHTS_FOLDER / RULES).read_bytes())
    return values


def test_every_rule_has_a_unit_a_case_and_an_origin() -> None:
    table = list(rows(shipped_rules()))
    assert [(row.part, row.name) for row in table] == [
        (part, name) for part, values in shipped_values().items() for name in values
    ]
    assert all(row.rule.unit and row.rule.case for row in table)
    assert all(row.rule.why for row in table if row.rule.origin is Origin.BY_HAND)


def test_a_rule_set_by_hand_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="say why"):
        Rule("frames", "a case", Origin.BY_HAND)


def test_rules_are_read_as_they_were_written() -> None:
    rules = shipped_rules().with_decoding(change=-3.5).with_reading(far_gap=2)
    assert parse_rules(rules_text(rules)) == rules


def lacking(values: Values) -> None:
    del values["decoding"]["change"]


def unknown(values: Values) -> None:
    values["reading"]["colour"] = 1


def without_a_part(values: Values) -> None:
    del values["reading"]


def with_another_part(values: Values) -> None:
    values["learning"] = {}


def of_another_type(values: Values) -> None:
    values["decoding"]["change"] = "cheap"


def with_a_part_of_a_frame(values: Values) -> None:
    values["reading"]["far_gap"] = 2.5


def with_too_few_weights(values: Values) -> None:
    values["decoding"]["distance_weights"] = [1.0]


def with_blocks_between_samples(values: Values) -> None:
    values["reading"]["block_frames"] = 60


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lacking, "lacks the rules of decoding change"),
        (unknown, "unknown rules of reading: colour"),
        (without_a_part, "lacks the parts reading"),
        (with_another_part, "unknown parts: learning"),
        (of_another_type, r"decoding\.change"),
        (with_a_part_of_a_frame, r"reading\.far_gap"),
        (with_too_few_weights, r"decoding\.distance_weights"),
        (with_blocks_between_samples, "block_frames"),
    ],
)
def test_incomplete_or_mistyped_rules_are_refused(
    change: Callable[[Values], None], message: str
) -> None:
    values = shipped_values()
    change(values)
    with pytest.raises(RulesInvalidError, match=message):
        parse_rules(json.dumps(values).encode())


def test_text_that_is_not_json_is_refused() -> None:
    with pytest.raises(RulesInvalidError, match="cannot be read"):
        parse_rules(b"{")
