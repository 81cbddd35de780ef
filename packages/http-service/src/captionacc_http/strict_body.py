"""Decodes JSON request bodies with msgspec, without converting types.

The decoder refuses unknown fields when the struct sets ``forbid_unknown_fields``.
"""

from collections.abc import Generator
from typing import Any, TypeVar

import msgspec
from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO, DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

T = TypeVar("T")


class StrictBody(AbstractDTO[T]):
    """Decodes a body strictly: the route option ``dto=StrictBody[Kind]`` gives it a ``Kind``.

    Litestar's own decoding is lenient: it accepts ``"1"`` as ``1``.
    """

    def decode_bytes(self, value: bytes) -> Any:
        return msgspec.json.decode(value, type=self.model_type)

    @classmethod
    def create_for_field_definition(cls, *_: object, **__: object) -> None:
        """Do nothing, since the struct itself is the wire format."""

    @classmethod
    def generate_field_definitions(
        cls,
        model_type: type[Any],  # noqa: ARG003  Litestar defines the signature
    ) -> Generator[DTOFieldDefinition, None, None]:
        yield from ()

    @classmethod
    def detect_nested_field(
        cls,
        field_definition: FieldDefinition,  # noqa: ARG003  Litestar defines the signature
    ) -> bool:
        return False

    @classmethod
    def create_openapi_schema(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,  # noqa: ARG003  Litestar defines the signature
        schema_creator: SchemaCreator,
    ) -> Reference | Schema:
        return schema_creator.for_field_definition(field_definition)
