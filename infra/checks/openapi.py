"""Writes the OpenAPI documents of the services from their routes.

Run from the root of the checkout: ``.venv/bin/python -m infra.checks.openapi``. A test compares the
files with the routes.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
from captionacc_priority.app import create_app as create_priority
from captionacc_priority.settings import PrioritySettings
from captionacc_wasabi.settings import StoreSettings
from captionacc_webhook_gateway.app import create_app as create_gateway
from captionacc_webhook_gateway.settings import GatewaySettings
from litestar import Litestar

COMMAND = ".venv/bin/python -m infra.checks.openapi"


def gateway() -> Litestar:
    """Return a gateway that is not connected to anything."""
    settings = {
        "supabase_db_url": "postgresql://gateway@127.0.0.1/postgres",
        "supabase_jwt_issuer": "https://project.example/auth/v1",
        "supabase_jwt_secret": "no secret: only the routes are read",
        "webhook_secret": "no secret: only the routes are read",
        "prefect_api_url": "http://127.0.0.1:9/api",
        "priority_url": "http://127.0.0.1:9",
    }
    store = {
        "wasabi_endpoint_url": "http://127.0.0.1:9",
        "wasabi_access_key": "only the routes are read",
        "wasabi_secret_key": "only the routes are read",
        "wasabi_bucket": "bucket",
    }
    return create_gateway(
        msgspec.convert(settings, GatewaySettings), msgspec.convert(store, StoreSettings)
    )


def priority() -> Litestar:
    return create_priority(PrioritySettings().policy())


def applications() -> Mapping[Path, Litestar]:
    """Return the application that each document describes."""
    return {Path("docs/openapi.json"): gateway(), Path("docs/openapi-priority.json"): priority()}


def documents() -> Mapping[Path, bytes]:
    """Return the text of each document by its path, sorted so that changes are easy to read."""
    return {path: _formatted(app) for path, app in applications().items()}


def _formatted(app: Litestar) -> bytes:
    encoded = msgspec.json.encode(app.openapi_schema.to_schema(), order="sorted")
    return msgspec.json.format(encoded, indent=2) + b"\n"


def main() -> None:
    for path, text in documents().items():
        path.write_bytes(text)
        sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
