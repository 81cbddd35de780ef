"""Fill a settings struct from environment variables.

A field ``supabase_db_url`` is read from ``SUPABASE_DB_URL``. Each field has a
type and a ``msgspec.Meta(description=…)``. A field may have a default, but a secret has none.
"""

import os
import sys
from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar, get_args, get_origin

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


class SettingsError(Exception):
    """Names every variable that is missing or malformed."""


def variable_of(field: str) -> str:
    """Name of the environment variable that fills ``field``."""
    return field.upper()


def load(kind: type[S], environ: Mapping[str, str]) -> S:
    """Fill a ``kind`` from ``environ``; an empty value counts as missing.

    Raises:
        SettingsError: a variable is missing or malformed; the message names all of them.
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
            # The value may be a secret, so the message names the broken rule instead.
            problems.append(f"{variable} is malformed: {_rule(field.type) or error}")
    if problems:
        raise SettingsError("; ".join(problems) + ".")
    try:
        return kind(**values)
    except (ValueError, msgspec.ValidationError) as error:
        raise SettingsError(str(error)) from error


def _rule(kind: object) -> str | None:
    """The values that a field may have, when its type lists them."""
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(bare) is not Literal:
        return None
    return f"it must be one of {', '.join(get_args(bare))}"


def load_or_exit(kind: type[S]) -> S:
    """Fill a ``kind`` from the process's environment, or exit 2 with the reason on stderr."""
    try:
        return load(kind, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"settings: {error}\n")
        raise SystemExit(2) from error
