"""Running SQL on one connection, with rows decoded into structs and errors translated."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg
import msgspec
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError

from captionacc_supabase.connection.errors import translated_on

R = TypeVar("R")


def decode(record: Mapping[str, Any] | asyncpg.Record, kind: type[R]) -> R:
    """Decode the row as a ``kind``; ignore columns that ``kind`` lacks.

    Raises:
        PermanentError: ``internal`` when the row holds what this version does not understand.
    """
    try:
        return msgspec.convert(dict(record), kind)
    except (msgspec.ValidationError, CaptionAccError) as error:
        raise PermanentError(
            ErrorCode.INTERNAL,
            f"A row does not match this version's {kind.__name__}: {error}.",
        ) from error


class Statements:
    """Runs statements on one connection."""

    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> None:
        self._connection = connection

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo only the statements of the block when it raises; the transaction goes on."""
        async with self._connection.transaction():
            yield

    async def rows(self, kind: type[R], sql: str, *arguments: object) -> list[R]:
        with translated_on(self._connection):
            records = await self._connection.fetch(sql, *arguments)
        return [decode(record, kind) for record in records]

    async def row(self, kind: type[R], sql: str, *arguments: object) -> R | None:
        with translated_on(self._connection):
            record = await self._connection.fetchrow(sql, *arguments)
        return None if record is None else decode(record, kind)

    async def values(self, sql: str, *arguments: object) -> list[Any]:
        """The first column of every row."""
        with translated_on(self._connection):
            return [record[0] for record in await self._connection.fetch(sql, *arguments)]

    async def value(self, sql: str, *arguments: object) -> Any:
        """The first column of the first row; null when there are no rows."""
        with translated_on(self._connection):
            return await self._connection.fetchval(sql, *arguments)

    async def records(self, sql: str, *arguments: object) -> Sequence[asyncpg.Record]:
        with translated_on(self._connection):
            return await self._connection.fetch(sql, *arguments)

    async def run(self, sql: str, *arguments: object) -> None:
        with translated_on(self._connection):
            await self._connection.execute(sql, *arguments)
