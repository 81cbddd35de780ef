"""Make the database and the store behind the services ready, ours or someone else's."""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from captionacc_stack.servers.swift import SwiftServer

_PREFECT_DATABASE = "prefect"
_LIMIT_S = 60.0
_STORE_VARIABLES = (
    "WASABI_ENDPOINT_URL",
    "WASABI_ACCESS_KEY",
    "WASABI_SECRET_KEY",
    "WASABI_BUCKET",
    "WASABI_REGION",
)


class SetUpError(Exception):
    """A sentence for a person: what could not be set up, and the remedy."""


def store_environment(source: SwiftServer | Mapping[str, str]) -> dict[str, str]:
    """Settings of the object store.

    Raises:
        SetUpError: ``WASABI_ENDPOINT_URL`` is no address, or one of the others is missing.
    """
    if isinstance(source, SwiftServer):
        return {
            "WASABI_ENDPOINT_URL": source.endpoint_url,
            "WASABI_ACCESS_KEY": source.access_key,
            "WASABI_SECRET_KEY": source.secret_key,
            "WASABI_BUCKET": source.bucket,
            "WASABI_REGION": source.region,
        }
    found = {name: source[name] for name in _STORE_VARIABLES if source.get(name)}
    missing = [name for name in _STORE_VARIABLES[:4] if name not in found]
    if missing:
        message = f"WASABI_ENDPOINT_URL is set, but not {', '.join(missing)}; set all four or none."
        raise SetUpError(message)
    if not found["WASABI_ENDPOINT_URL"].startswith(("http://", "https://")):
        message = "WASABI_ENDPOINT_URL must begin with http:// or https://."
        raise SetUpError(message)
    return found


async def ensure_bucket(store: Mapping[str, str]) -> None:
    from captionacc_observability import settings
    from captionacc_wasabi.opening import open_store
    from captionacc_wasabi.settings import StoreSettings

    async with (
        asyncio.timeout(_LIMIT_S),
        open_store(settings.load(StoreSettings, store)) as opened,
    ):
        await opened.ensure_bucket()


async def apply_migrations(environment: Mapping[str, str]) -> None:
    """Bring the schema up to date and point the webhook at the gateway.

    Raises:
        SetUpError: a migration failed.
    """
    from captionacc_contracts.errors import CaptionAccError
    from captionacc_supabase.migrate import MigrationError, Webhook, migrate

    webhook = Webhook(url=environment["WEBHOOK_URL"], secret=environment["WEBHOOK_SECRET"])
    try:
        async with asyncio.timeout(_LIMIT_S):
            await migrate(
                environment["SUPABASE_DB_URL"],
                migrations_directory(),
                local=True,
                webhook=webhook,
            )
    except (MigrationError, CaptionAccError) as error:
        message = f"The migrations failed: {error}"
        raise SetUpError(message) from error


def migrations_directory() -> Path:
    """``infra/supabase/migrations`` of the checkout.

    Raises:
        SetUpError: this is no checkout.
    """
    for folder in Path(__file__).resolve().parents:
        candidate = folder / "infra" / "supabase" / "migrations"
        if candidate.is_dir():
            return candidate
    message = "The folder infra/supabase/migrations is missing; run the command from a checkout."
    raise SetUpError(message)


def prefect_database_of(database_url: str) -> str:
    """Address of Prefect's own database on the server of ``database_url``."""
    return urlunsplit(urlsplit(database_url)._replace(path=f"/{_PREFECT_DATABASE}"))


async def ensure_prefect_database(database_url: str) -> None:
    """Create Prefect's database on a server that is not ours.

    Raises:
        SetUpError: the server cannot be reached or refuses.
    """
    try:
        async with asyncio.timeout(_LIMIT_S):
            connection = await asyncpg.connect(database_url, timeout=_LIMIT_S)
            try:
                with contextlib.suppress(asyncpg.DuplicateDatabaseError):
                    await connection.execute(f"create database {_PREFECT_DATABASE}")
            finally:
                await connection.close(timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = str(error) or type(error).__name__
        message = f"The database that SUPABASE_DB_URL names cannot be used: {reason}"
        raise SetUpError(message) from error
