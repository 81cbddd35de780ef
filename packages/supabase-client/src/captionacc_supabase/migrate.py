"""The migrate command: applies each SQL file once, in order, in its own transaction."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.limits import Limits
from captionacc_contracts.work.tiers import Tier
from captionacc_observability.settings import load_or_exit

from captionacc_supabase import applied_migrations
from captionacc_supabase.applied_migrations import MigrationError, MigrationFile
from captionacc_supabase.connection.errors import is_transient, translated, translated_on
from captionacc_supabase.settings import MigrateSettings

# Advisory lock that makes parallel commands take turns; an arbitrary but unique number.
_LOCK = 4_027_115_903
_STATEMENT_TIMEOUT_S = 300.0
_CONNECT_TIMEOUT_S = 20.0


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Where the database posts new videos, and the secret that it signs them with."""

    url: str
    secret: str


async def migrate(
    dsn: str,
    directory: Path,
    *,
    local: bool = False,
    webhook: Webhook | None = None,
    limits: Mapping[Tier, Limits] | None = None,
) -> list[str]:
    """Apply the files of ``directory`` that the database lacks; return their names.

    ``local`` first supplies what Supabase has and stock Postgres lacks, from the folder
    ``local`` beside ``directory``. ``webhook`` stores the secret in Vault and makes the trigger of
    ``webhooks.sql`` beside ``directory``. ``limits`` replaces the limits of these tiers. Running it
    again changes nothing, and parallel runs take turns.

    Raises:
        MigrationError: an applied file was changed or is missing, the folder holds no migrations,
            or the database has no webhooks.
        TransientError: ``database_unavailable``.
    """
    files = await asyncio.to_thread(applied_migrations.read_files, directory)
    # Files hold a few statements each, which the simple protocol runs through any pooler.
    with translated():
        connection = await asyncpg.connect(
            dsn,
            timeout=_CONNECT_TIMEOUT_S,
            command_timeout=_STATEMENT_TIMEOUT_S,
            statement_cache_size=0,
            server_settings={"application_name": "captionacc-migrate"},
        )
    try:
        if local:
            for sql in await asyncio.to_thread(_read, directory.parent / "local"):
                await _apply(connection, sql)
        # The first file makes the table of applied files, and is safe to run again.
        await _apply(connection, files[0].sql)
        async with _turn(connection):
            in_both = await applied_migrations.agree(connection, files)
        applied = [
            file.name for file in files if await _apply_once(connection, file, in_both=in_both)
        ]
        if webhook is not None:
            sql = await asyncio.to_thread((directory.parent / "webhooks.sql").read_text, "utf-8")
            await _apply_webhook(connection, sql, webhook)
        await _apply_limits(connection, limits or {})
    finally:
        await connection.close(timeout=_CONNECT_TIMEOUT_S)
    return applied


_MISSING_EXTENSION = (
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedTableError,
)


def _read(directory: Path) -> list[str]:
    return [path.read_text("utf-8") for path in sorted(directory.glob("*.sql"))]


@asynccontextmanager
async def _turn(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """Open a transaction in which no other migrate command works."""
    with translated_on(connection):
        async with connection.transaction():
            # The lock belongs to the transaction, so it also works behind a transaction pooler.
            await connection.execute("select pg_advisory_xact_lock($1::bigint)", _LOCK)
            await connection.execute(
                "select set_config('captionacc.applied_by', 'captionacc-migrate', true)"
            )
            yield


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", sql: str) -> None:
    async with _turn(connection):
        await connection.execute(sql)


async def _apply_once(
    connection: "asyncpg.Connection[asyncpg.Record]", file: MigrationFile, *, in_both: bool
) -> bool:
    async with _turn(connection):
        if await applied_migrations.is_applied(connection, file):
            return False
        try:
            await connection.execute(file.sql)
        except asyncpg.PostgresError as error:
            if is_transient(error):
                raise
            message = f"{file.name} was not applied: {error}."
            if isinstance(error, asyncpg.InvalidSchemaNameError | asyncpg.UndefinedObjectError):
                message += " Stock Postgres lacks what Supabase provides: use --local there."
            raise MigrationError(message) from error
        await applied_migrations.note(connection, file, in_both=in_both)
        return True


async def _apply_webhook(
    connection: "asyncpg.Connection[asyncpg.Record]", sql: str, webhook: Webhook
) -> None:
    async with _turn(connection):
        for setting, value in (("url", webhook.url), ("secret", webhook.secret)):
            await connection.execute(
                "select set_config($1, $2, true)", f"captionacc.webhook_{setting}", value
            )
        try:
            await connection.execute(sql)
        except _MISSING_EXTENSION as error:
            message = (
                f"The webhook was not made: {error}. Enable the extensions pg_net and "
                "supabase_vault in Supabase's dashboard, or use --local on stock Postgres."
            )
            raise MigrationError(message) from error


async def _apply_limits(
    connection: "asyncpg.Connection[asyncpg.Record]", limits: Mapping[Tier, Limits]
) -> None:
    with translated_on(connection):
        async with connection.transaction():
            for tier, of_tier in limits.items():
                row = {"tier": tier, **msgspec.structs.asdict(of_tier)}
                await connection.execute("delete from captionacc.tier_limits where tier = $1", tier)
                await connection.execute(
                    """
                    insert into captionacc.tier_limits
                    select * from jsonb_populate_record(null::captionacc.tier_limits, $1)
                    """,
                    msgspec.json.encode(row).decode(),
                )


def main() -> None:
    """``captionacc-migrate``: exits 0 when the database is up to date, 1 with the reason."""
    parser = argparse.ArgumentParser(description="Apply the migrations to SUPABASE_DB_URL.")
    parser.add_argument("--directory", type=Path, default=Path("infra/supabase/migrations"))
    parser.add_argument(
        "--local",
        action="store_true",
        help="first supply the roles and functions of Supabase that stock Postgres lacks",
    )
    arguments = parser.parse_args()
    settings = load_or_exit(MigrateSettings)
    webhook = None
    if settings.webhook_url:
        webhook = Webhook(url=settings.webhook_url, secret=settings.webhook_secret)
    try:
        applied = asyncio.run(
            migrate(
                settings.supabase_db_url,
                arguments.directory.resolve(),
                local=arguments.local,
                webhook=webhook,
                limits=settings.tier_limits,
            )
        )
    except (MigrationError, CaptionAccError, asyncpg.PostgresError) as error:
        sys.stderr.write(f"captionacc-migrate: {error}\n")
        raise SystemExit(1) from error
    sys.stdout.write(f"applied: {', '.join(applied) or 'nothing, the database is up to date'}\n")
