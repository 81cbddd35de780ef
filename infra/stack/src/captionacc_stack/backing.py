"""Prepare the database and the object store behind the services, ours or external ones."""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec
from captionacc_observability.settings import variable_of
from captionacc_wasabi.settings import StoreSettings

_PREFECT_DATABASE = "prefect"
# A hung server must not hang the command. A busy laptop needs a few seconds for all migrations.
_LIMIT_S = 60.0


class SetUpError(Exception):
    """A sentence for a person: what could not be set up, and the remedy."""


def store_environment(store: StoreSettings) -> dict[str, str]:
    """The environment variables that carry ``store``."""
    return {
        variable_of(name): value
        for name, value in msgspec.structs.asdict(store).items()
        if value is not None
    }


def external_store_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of an object store that the user named in ``environ``.

    Raises:
        SetUpError: a required variable is missing, or ``WASABI_ENDPOINT_URL`` is not an address.
    """
    fields = msgspec.structs.fields(StoreSettings)
    required = [variable_of(field.name) for field in fields if field.required]
    names = [variable_of(field.name) for field in fields]
    found = {name: environ[name] for name in names if environ.get(name)}
    missing = [name for name in required if name not in found]
    if missing:
        message = (
            f"WASABI_ENDPOINT_URL is set, but {', '.join(missing)} is not;"
            f" set {', '.join(required)} together or unset them all."
        )
        raise SetUpError(message)
    if not found["WASABI_ENDPOINT_URL"].startswith(("http://", "https://")):
        message = "WASABI_ENDPOINT_URL must begin with http:// or https://."
        raise SetUpError(message)
    return found


async def ensure_bucket(store: Mapping[str, str]) -> None:
    """Create the bucket of ``store`` if it does not exist."""
    from captionacc_observability import settings
    from captionacc_wasabi.opening import open_store

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
    from captionacc_supabase.applied_migrations import MigrationError
    from captionacc_supabase.migrate import Webhook, migrate

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
    """The folder ``infra/supabase/migrations`` of the checkout.

    Raises:
        SetUpError: this package does not lie in a checkout of the repository.
    """
    for folder in Path(__file__).resolve().parents:
        candidate = folder / "infra" / "supabase" / "migrations"
        if candidate.is_dir():
            return candidate
    message = (
        "The folder infra/supabase/migrations is missing; install the command from a checkout"
        " of the repository (make setup)."
    )
    raise SetUpError(message)


def console_directory() -> Path | None:
    """The folder of the checkout that the console was built into; None when it was not built."""
    for folder in Path(__file__).resolve().parents:
        candidate = folder / "console" / "dist"
        if (candidate / "index.html").is_file():
            return candidate
    return None


def prefect_database_of(database_url: str) -> str:
    """The address of Prefect's own database on the server of ``database_url``."""
    return urlunsplit(urlsplit(database_url)._replace(path=f"/{_PREFECT_DATABASE}"))


async def ensure_prefect_database(database_url: str) -> None:
    """Create Prefect's database on a server that we do not run.

    Raises:
        SetUpError: the server cannot be reached, or it refuses.
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
        message = f"Cannot use the database in SUPABASE_DB_URL: {reason}"
        raise SetUpError(message) from error
