"""Which migrations a database has, agreed on with Supabase's command line.

``captionacc.schema_migrations`` is our table. Supabase's command keeps its own,
``supabase_migrations.schema_migrations``; its versions are the digits in front of our file names.
A file that either of them applied counts as applied for both.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import msgspec

# Our versions have four digits. Other projects of the same database have the command's timestamps.
_OUR_VERSION = re.compile(r"[0-9]{4}")
_FILE_NAME = re.compile(rf"({_OUR_VERSION.pattern})_([a-z0-9_]+)\.sql")
# The statements by which Supabase's command makes its table, so that it finds what it expects.
_COMMAND_TABLE = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
    version text not null primary key
);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
"""


class MigrationError(Exception):
    """The files do not match what the database has applied; the message says what to do."""


class MigrationFile(msgspec.Struct, frozen=True, kw_only=True):
    """One migration; ``title`` is the file's name without its version."""

    name: str
    version: str
    title: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_files(directory: Path) -> list[MigrationFile]:
    """Read the migrations of a folder in the order in which both tools apply them.

    Raises:
        MigrationError: there are none, a name is not ``0012_name.sql``, or two have one version.
    """
    files: dict[str, MigrationFile] = {}
    for path in sorted(directory.glob("*.sql")):
        if (parts := _FILE_NAME.fullmatch(path.name)) is None:
            raise MigrationError(
                f"{path.name} is not a name for a migration; use four digits, an underline and a "
                "lower-case name, such as 0012_name.sql."
            )
        version, title = parts.groups()
        if version in files:
            raise MigrationError(
                f"{files[version].name} and {path.name} have the same version; rename one."
            )
        files[version] = MigrationFile(
            name=path.name, version=version, title=title, sql=path.read_text("utf-8")
        )
    if not files:
        raise MigrationError(f"{directory} holds no .sql files; name the folder with --directory.")
    return list(files.values())


async def agree(
    connection: "asyncpg.Connection[asyncpg.Record]", files: Sequence[MigrationFile]
) -> bool:
    """Note in both tables what is noted in one of them; return whether both are kept.

    The table of Supabase's command stays as it is when it lists migrations of another project:
    that project's command would refuse ours.

    Raises:
        MigrationError: an applied file was changed or is missing.
    """
    ours = {
        row["name"]: row["checksum"]
        for row in await connection.fetch("select name, checksum from captionacc.schema_migrations")
    }
    of_command = await _read_command_table(connection)
    _require_all(files, set(ours), set(of_command))
    for file in files:
        if file.name in ours:
            if ours[file.name] != file.checksum:
                raise _changed(file)
        elif file.version in of_command:
            statements = of_command[file.version]
            if statements and _letters("".join(statements)) != _letters(file.sql):
                raise _changed(file)
            await _note_here(connection, file)
    if not all(map(_OUR_VERSION.fullmatch, of_command)):
        return False
    await connection.execute(_COMMAND_TABLE)
    for file in files:
        if file.name in ours and file.version not in of_command:
            await _note_for_command(connection, file)
    return True


async def is_applied(connection: "asyncpg.Connection[asyncpg.Record]", file: MigrationFile) -> bool:
    """Whether our table lists the file."""
    return bool(
        await connection.fetchval(
            "select exists (select from captionacc.schema_migrations where name = $1)", file.name
        )
    )


async def note(
    connection: "asyncpg.Connection[asyncpg.Record]", file: MigrationFile, *, in_both: bool
) -> None:
    """Note that the open transaction applies the file."""
    await _note_here(connection, file)
    if in_both:
        await _note_for_command(connection, file)


async def _read_command_table(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> dict[str, list[str] | None]:
    if not await connection.fetchval(
        "select to_regclass('supabase_migrations.schema_migrations') is not null"
    ):
        return {}
    # The first versions of the command made the table without statements.
    rows = await connection.fetch(
        """
        select version, to_jsonb(applied) -> 'statements' as statements
        from supabase_migrations.schema_migrations applied
        """
    )
    return {row["version"]: msgspec.json.decode(row["statements"] or "null") for row in rows}


def _require_all(files: Sequence[MigrationFile], ours: set[str], of_command: set[str]) -> None:
    versions = {file.version for file in files}
    missing = sorted(
        (ours - {file.name for file in files})
        | {
            version
            for version in of_command - versions - {name[:4] for name in ours}
            if _OUR_VERSION.fullmatch(version)
        }
    )
    if missing:
        raise MigrationError(
            f"The database has {', '.join(missing)} applied, which is not in the folder; "
            "deploy the version that contains it."
        )


def _changed(file: MigrationFile) -> MigrationError:
    return MigrationError(
        f"{file.name} was changed after it was applied; restore it and put the change into a new "
        "file."
    )


def _letters(sql: str) -> str:
    # Supabase's command splits files into statements, and drops the semicolons and blanks between.
    return re.sub(r"[\s;]+", "", sql)


async def _note_here(connection: "asyncpg.Connection[asyncpg.Record]", file: MigrationFile) -> None:
    await connection.execute(
        "insert into captionacc.schema_migrations (name, checksum) values ($1, $2)",
        file.name,
        file.checksum,
    )


async def _note_for_command(
    connection: "asyncpg.Connection[asyncpg.Record]", file: MigrationFile
) -> None:
    await connection.execute(
        """
        insert into supabase_migrations.schema_migrations (version, name, statements)
        values ($1, $2, array[$3])
        """,
        file.version,
        file.title,
        file.sql,
    )
