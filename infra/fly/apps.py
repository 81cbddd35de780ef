"""The apps on Fly in the order of their releases, with their secrets and addresses."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A variable that an app reads, made of the value that the operator gives as ``given``."""

    name: str
    given: str
    optional: bool = False
    made: Callable[[str], str] = str


@dataclass(frozen=True, kw_only=True)
class App:
    """``public`` apps get addresses on the internet; ``flycast`` apps one in the private network.

    ``one_of`` are optional secrets of which at least one is needed. ``spare`` apps get a second
    machine, on another host.
    """

    file: Path
    secrets: tuple[Secret, ...] = ()
    one_of: tuple[str, ...] = ()
    public: bool = False
    flycast: bool = False
    spare: bool = False

    @property
    def config(self) -> dict[str, Any]:
        return tomllib.loads((ROOT / self.file).read_text("utf-8"))

    @property
    def name(self) -> str:
        return str(self.config["app"])

    def missing(self, given: Mapping[str, str]) -> list[str]:
        """What the operator has not given, although the app needs it; an empty value is missing."""
        names = [
            secret.given
            for secret in self.secrets
            if not secret.optional and not given.get(secret.given)
        ]
        if self.one_of and not any(given.get(name) for name in self.one_of):
            names.append(" or ".join(self.one_of))
        return names

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """The app's secrets, by the names that the app reads."""
        return {
            secret.name: secret.made(given[secret.given])
            for secret in self.secrets
            if given.get(secret.given)
        }


def prefect_database(password: str) -> str:
    """The address of the Prefect server's Postgres in the private network."""
    return (
        f"postgresql+asyncpg://postgres:{quote(password, safe='')}"
        "@captionacc-prefect-db.internal:5432/prefect"
    )


def _needed(*names: str) -> tuple[Secret, ...]:
    return tuple(Secret(name=name, given=name) for name in names)


def _optional(*names: str) -> tuple[Secret, ...]:
    return tuple(Secret(name=name, given=name, optional=True) for name in names)


_SERVICES = (
    *_needed("SUPABASE_DB_URL", "SUPABASE_DB_DIRECT_URL", "PREFECT_API_AUTH_STRING"),
    *_needed("WASABI_ENDPOINT_URL", "WASABI_ACCESS_KEY", "WASABI_SECRET_KEY", "WASABI_BUCKET"),
    *_optional("WASABI_REGION"),
)

# What others need comes first.
APPS = (
    App(
        file=Path("infra/fly/prefect-db.toml"),
        secrets=(Secret(name="POSTGRES_PASSWORD", given="PREFECT_DB_PASSWORD"),),
    ),
    App(
        file=Path("infra/fly/prefect.toml"),
        secrets=(
            Secret(
                name="PREFECT_SERVER_DATABASE_CONNECTION_URL",
                given="PREFECT_DB_PASSWORD",
                made=prefect_database,
            ),
            Secret(name="PREFECT_SERVER_API_AUTH_STRING", given="PREFECT_API_AUTH_STRING"),
        ),
        flycast=True,
    ),
    App(file=Path("services/priority/fly.toml"), spare=True),
    App(
        file=Path("services/webhook-gateway/fly.toml"),
        secrets=(
            *_SERVICES,
            *_needed("WEBHOOK_SECRET", "SUPABASE_JWT_ISSUER"),
            *_optional("SUPABASE_JWKS_URL", "SUPABASE_JWT_SECRET"),
            *_optional("WEBHOOK_SECRET_PREVIOUS", "CORS_ALLOW_ORIGINS"),
        ),
        one_of=("SUPABASE_JWKS_URL", "SUPABASE_JWT_SECRET"),
        public=True,
        spare=True,
    ),
    App(
        file=Path("services/flow-worker/fly.toml"),
        secrets=(
            *_SERVICES,
            *_needed("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET"),
            *_optional("MODAL_ENVIRONMENT", "FRONTEND_WEBHOOK_URL", "FRONTEND_WEBHOOK_SECRET"),
        ),
    ),
)
