"""What users reach without the gateway: tables of Realtime, functions that PostgREST offers."""

from collections.abc import AsyncIterator

import asyncpg
import pytest


@pytest.fixture
async def connection(
    module_database_dsn: str,
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    opened = await asyncpg.connect(module_database_dsn)
    yield opened
    await opened.close()


async def test_realtime_sends_videos_and_captions_alone(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    rows = await connection.fetch(
        """
        select schemaname || '.' || tablename as name from pg_publication_tables
        where pubname = 'supabase_realtime' order by name
        """
    )
    assert [row["name"] for row in rows] == ["captionacc.captions", "captionacc.videos"]


async def test_users_can_call_no_function_that_runs_as_the_owner(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    rows = await connection.fetch(
        """
        select oid::regprocedure::text as name from pg_proc
        where pronamespace = 'captionacc'::regnamespace
            and (prosecdef or prorettype = 'trigger'::regtype)
            and (has_function_privilege('authenticated', oid, 'execute')
                or has_function_privilege('anon', oid, 'execute'))
        """
    )
    assert [row["name"] for row in rows] == []


async def test_the_services_role_reaches_tables_of_later_migrations(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("create table captionacc.later (id bigserial)")
    await connection.execute("set local role service_role")
    await connection.execute("insert into captionacc.later default values")
    await connection.execute("set local role authenticated")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.fetch("select * from captionacc.later")
    await transaction.rollback()
