"""Fresh databases on a test server, cloned from one that was migrated once."""

import asyncio
import uuid
from collections.abc import Callable

import asyncpg

# Creating a database copies its template, which takes long on a busy disk.
TIMEOUT_S = 30.0


async def create(maintenance_dsn: str, *, template: str = "template1") -> str:
    """Create a database with a new name and return the name."""
    name = f"test_{uuid.uuid4().hex}"
    await _execute(maintenance_dsn, f'create database "{name}" template "{template}"')
    return name


async def drop(maintenance_dsn: str, name: str) -> None:
    """Drop a database and disconnect its clients."""
    await _execute(maintenance_dsn, f'drop database if exists "{name}" with (force)')


async def create_migrated(dsn_of: Callable[[str], str], maintenance_dsn: str) -> str:
    """Create a database, apply every migration, close all connections and return its name."""
    from captionacc_stack.backing import migrations_directory
    from captionacc_supabase.migrate import migrate

    name = await create(maintenance_dsn)
    async with asyncio.timeout(TIMEOUT_S * 2):
        await migrate(dsn_of(name), migrations_directory(), local=True)
    # Postgres cannot clone a template that has an open connection.
    await _execute(
        maintenance_dsn,
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'",
    )
    return name


async def _execute(dsn: str, statement: str) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        connection = await asyncpg.connect(dsn, timeout=TIMEOUT_S)
        try:
            await connection.execute(statement)
        finally:
            await connection.close(timeout=TIMEOUT_S)
