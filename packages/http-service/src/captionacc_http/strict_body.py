"""Decodes JSON request bodies with msgspec, without converting types.

The decoder refuses unknown fields when the struct sets ``forbid_unknown_fields``.
"""

import re
from collections.abc import Generator
from typing import Any, TypeVar

import msgspec
from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO, DTOFieldDefinition
from litestar.exceptions import ClientException
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

T = TypeVar("T")

_JSON = re.compile(r"application/(json|[\w.!#$&^+-]+\+json)", re.ASCII | re.IGNORECASE)
_UTF_8 = ("utf-8", "utf8", "us-ascii")


class UnsupportedMediaTypeError(ClientException):
    """The body's ``Content-Type`` is missing, or is not JSON in UTF-8."""

    status_code = 415


class StrictBody(AbstractDTO[T]):
    """Decodes a body strictly: the route option ``dto=StrictBody[Kind]`` gives it a ``Kind``.

    Litestar's own decoding is lenient: it accepts ``"1"`` as ``1``.
    """

    def decode_bytes(self, value: bytes) -> Any:
        if value:
            _require_json(self.asgi_connection.headers.get("content-type"))
        try:
            return msgspec.json.decode(value, type=self.model_type)
        except UnicodeDecodeError as error:
            # msgspec reports most malformed JSON as a DecodeError, except these two kinds.
            message = f"a text is not UTF-8 (byte {error.start} of the text)"
            raise msgspec.DecodeError(message) from error
        except RecursionError as error:
            message = "it is nested too deeply"
            raise msgspec.DecodeError(message) from error

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


def _require_json(content_type: str | None) -> None:
    """Check the header ``Content-Type`` of a body.

    Raises:
        UnsupportedMediaTypeError: It is missing, or names another type or charset.
    """
    kind, *parameters = (part.strip() for part in (content_type or "").split(";"))
    charsets = [
        value.strip('" ').lower()
        for name, _, value in (parameter.partition("=") for parameter in parameters)
        if name.strip().lower() == "charset"
    ]
    if _JSON.fullmatch(kind) is None or any(charset not in _UTF_8 for charset in charsets):
        message = (
            "Send the body as JSON in UTF-8, with the header 'Content-Type: application/json'."
        )
        raise UnsupportedMediaTypeError(message, headers={"Accept": "application/json"})
