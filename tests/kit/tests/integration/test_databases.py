import asyncio

import asyncpg
from captionacc_testkit.plugin import NewDatabase

TABLES = "select count(*) from pg_tables where schemaname = 'captionacc'"


async def value(dsn: str, statement: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        found: int = await connection.fetchval(statement)
        return found
    finally:
        await connection.close()


async def test_an_empty_database_holds_nothing(empty_database_dsn: str) -> None:
    assert await value(empty_database_dsn, TABLES) == 0


async def test_a_migrated_database_is_apart_from_every_other(
    database_dsn: str, new_database: NewDatabase
) -> None:
    other, another = await asyncio.gather(new_database(), new_database())
    assert len({database_dsn, other, another}) == 3
    assert await value(database_dsn, TABLES) > 5
    connection = await asyncpg.connect(database_dsn)
    try:
        await connection.execute("create table public.mark ()")
    finally:
        await connection.close()
    exists = "select count(*) from pg_tables where tablename = 'mark'"
    assert await value(database_dsn, exists) == 1
    assert await value(other, exists) == 0
