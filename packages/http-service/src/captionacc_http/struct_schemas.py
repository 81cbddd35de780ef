"""Describes structs in the OpenAPI document by what they refuse and what they always send."""

import inspect

import msgspec
from litestar._openapi.schema_generation import SchemaCreator
from litestar._openapi.schema_generation.plugins.struct import StructSchemaPlugin
from litestar.openapi.spec import Schema
from litestar.typing import FieldDefinition


class StructSchemas(StructSchemaPlugin):
    """Adds to Litestar's schema of a struct what its configuration and its docstring say.

    A struct that forbids unknown fields has no additional properties. A struct is encoded with all
    its fields, so all of them are required, unless it omits defaults or is a strict body, from
    which a client may leave out fields that have defaults.
    """

    def to_openapi_schema(
        self, field_definition: FieldDefinition, schema_creator: SchemaCreator
    ) -> Schema:
        schema = super().to_openapi_schema(field_definition, schema_creator)
        kind: type[msgspec.Struct] = field_definition.annotation
        config = kind.__struct_config__
        if config.forbid_unknown_fields:
            schema.additional_properties = False
        elif not config.omit_defaults:
            schema.required = sorted(schema.properties or {})
        schema.description = summary_of(kind.__doc__)
        return schema


def summary_of(docstring: str | None) -> str | None:
    """Return the first paragraph of a docstring as Markdown on one line."""
    first, _, _ = inspect.cleandoc(docstring or "").partition("\n\n")
    return first.replace("\n", " ").replace("``", "`") or None
