"""Fill a settings struct from environment variables.

A field ``supabase_db_url`` is read from ``SUPABASE_DB_URL``. Fields are typed, described with
``msgspec.Meta(description=…)`` and may have defaults; secrets have none.
"""

import os
import sys
from collections.abc import Mapping
from typing import TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


class SettingsError(Exception):
    """Every missing or malformed variable, named in one message."""


def variable_of(field: str) -> str:
    """Name of the environment variable that fills a field."""
    return field.upper()


def load(kind: type[S], environ: Mapping[str, str]) -> S:
    """A ``kind`` filled from ``environ``; an empty value counts as missing.

    Raises:
        SettingsError: naming every variable that is missing or malformed.
    """
    problems: list[str] = []
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(kind):
        variable = variable_of(field.name)
        raw = environ.get(variable, "")
        if raw == "":
            if field.required:
                problems.append(f"{variable} is not set")
            continue
        try:
            values[field.name] = msgspec.convert(raw, field.type, strict=False)
        except msgspec.ValidationError as error:
            # The value itself may be a secret, so only the rule it broke is told.
            problems.append(f"{variable} is malformed: {error}")
    if problems:
        raise SettingsError("; ".join(problems) + ".")
    try:
        return kind(**values)
    except (ValueError, msgspec.ValidationError) as error:
        raise SettingsError(str(error)) from error


def load_or_exit(kind: type[S]) -> S:
    """A ``kind`` filled from the process's environment; exits 2 with the reason on stderr."""
    try:
        return load(kind, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"settings: {error}\n")
        raise SystemExit(2) from error
