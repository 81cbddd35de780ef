"""The migrate command and Supabase's ``supabase db push`` agree on what a database has."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest
from captionacc_stack.backing import migrations_directory
from captionacc_supabase.applied_migrations import MigrationError
from captionacc_supabase.migrate import migrate

FILES = sorted(path.name for path in migrations_directory().glob("*.sql"))
VERSIONS = [name.partition("_")[0] for name in FILES]
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def connection(empty_database_dsn: str) -> AsyncIterator[Connection]:
    """A connection to a database that has what Supabase has, and no migration of ours."""
    opened = await asyncpg.connect(empty_database_dsn)
    for path in sorted((migrations_directory().parent / "local").glob("*.sql")):
        await opened.execute(path.read_text())
    yield opened
    await opened.close()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(migrations_directory(), tmp_path / "migrations")
    return tmp_path / "migrations"


async def push(connection: Connection, names: list[str]) -> list[str]:
    """Do what ``supabase db push`` 3.1 does with these files; return the names that it applied."""
    await connection.execute(
        """
        create schema if not exists supabase_migrations;
        create table if not exists supabase_migrations.schema_migrations (
            version text not null primary key, statements text[], name text
        )
        """
    )
    known = await noted_by_command(connection)
    applied = []
    for name in names:
        version, title = name.removesuffix(".sql").split("_", 1)
        if version in known:
            continue
        sql = (migrations_directory() / name).read_text()
        async with connection.transaction():
            await connection.execute("reset all")
            await connection.execute(sql)
            await connection.execute(
                "insert into supabase_migrations.schema_migrations values ($1, $2, $3)",
                version,
                # The command keeps statements, without what ends them.
                [part.strip() for part in re.split(r";\s*\n", sql)],
                title,
            )
        applied.append(name)
    return applied


async def noted_by_command(connection: Connection) -> list[str]:
    rows = await connection.fetch(
        "select version from supabase_migrations.schema_migrations order by version"
    )
    return [row["version"] for row in rows]


async def test_the_command_applies_the_files_as_they_are(
    connection: Connection, empty_database_dsn: str
) -> None:
    assert await push(connection, FILES) == FILES
    assert await migrate(empty_database_dsn, migrations_directory()) == []
    assert await push(connection, FILES) == []


async def test_either_goes_on_where_the_other_stopped(
    connection: Connection, empty_database_dsn: str, copy: Path
) -> None:
    assert await push(connection, FILES[:4]) == FILES[:4]
    for name in FILES[8:]:
        (copy / name).unlink()
    assert await migrate(empty_database_dsn, copy) == FILES[4:8]
    assert await push(connection, FILES[:10]) == FILES[8:10]
    assert await migrate(empty_database_dsn, migrations_directory()) == FILES[10:]
    assert await noted_by_command(connection) == VERSIONS


async def test_a_database_from_before_the_first_file_goes_on(
    connection: Connection, empty_database_dsn: str
) -> None:
    await migrate(empty_database_dsn, migrations_directory())
    await connection.execute("drop schema supabase_migrations cascade")
    await connection.execute("delete from captionacc.schema_migrations where name = $1", FILES[0])
    with pytest.raises(asyncpg.RaiseError, match="Run captionacc-migrate once"):
        await push(connection, FILES)
    assert await migrate(empty_database_dsn, migrations_directory()) == FILES[:1]
    assert await noted_by_command(connection) == VERSIONS
    assert await push(connection, FILES) == []


async def test_migrations_of_another_project_keep_their_table(
    connection: Connection, empty_database_dsn: str
) -> None:
    await push(connection, [])
    await connection.execute(
        "insert into supabase_migrations.schema_migrations (version) values ('20260102030405')"
    )
    assert await migrate(empty_database_dsn, migrations_directory()) == FILES
    assert await migrate(empty_database_dsn, migrations_directory()) == []
    assert await noted_by_command(connection) == ["20260102030405"]


async def test_a_file_that_changed_after_the_command_applied_it_is_refused(
    connection: Connection, empty_database_dsn: str, copy: Path
) -> None:
    await push(connection, FILES)
    last = copy / FILES[-1]
    text = last.read_text()
    last.write_text(f"{text}\n-- changed")
    with pytest.raises(MigrationError, match=f"{FILES[-1]} was changed"):
        await migrate(empty_database_dsn, copy)
    last.unlink()
    with pytest.raises(MigrationError, match=f"{VERSIONS[-1]} applied, which is not in the folder"):
        await migrate(empty_database_dsn, copy)


async def test_versions_that_were_only_marked_as_applied_count(
    connection: Connection, empty_database_dsn: str
) -> None:
    """``supabase migration repair`` keeps no statements, and early commands had no such column."""
    await push(connection, FILES)
    await connection.execute(
        "alter table supabase_migrations.schema_migrations drop statements, drop name"
    )
    assert await migrate(empty_database_dsn, migrations_directory()) == []
