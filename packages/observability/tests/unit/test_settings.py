from typing import Annotated

import msgspec
import pytest
from captionacc_observability.logging import LogFormat
from captionacc_observability.settings import SettingsError, load


class Example(msgspec.Struct, frozen=True, kw_only=True):
    database_url: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8000
    pooled: bool = False
    extra: str | None = None


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    log_format: LogFormat = "auto"


def test_fields_are_read_from_upper_case_variables() -> None:
    loaded = load(Example, {"DATABASE_URL": "postgresql://x", "PORT": "81", "POOLED": "true"})
    assert loaded == Example(database_url="postgresql://x", port=81, pooled=True)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load(Example, {"PORT": "seventy"})
    assert "DATABASE_URL is not set" in str(caught.value)
    assert "PORT is malformed" in str(caught.value)


def test_a_choice_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(SettingsError, match=r"LOG_FORMAT .* one of auto, json, console"):
        load(Logged, {"LOG_FORMAT": "xml"})


def test_an_empty_value_counts_as_missing() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL is not set"):
        load(Example, {"DATABASE_URL": ""})


def test_a_malformed_secret_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        load(Example, {"DATABASE_URL": "x", "PORT": "hunter2"})
    assert "hunter2" not in str(caught.value)
