"""What the commands remember about a stack: its ports, its secrets and its running processes."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import msgspec

TENANT = UUID("00000000-0000-4000-8000-000000000001")
"""The tenant that owns the uploads of ``captionacc run``."""


class ServiceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A started process; ``started_ticks`` rules out a later process with the same pid."""

    pid: int
    started_ticks: int


def _new_prefect_auth_string() -> str:
    """A name and a password in the form that Prefect takes."""
    return f"captionacc:{secrets.token_urlsafe(24)}"


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """Secrets of one stack, made once; nothing outside this machine knows them."""

    jwt_secret: str
    webhook_secret: str
    # Stacks of earlier versions have none.
    prefect_auth_string: str = msgspec.field(default_factory=_new_prefect_auth_string)

    @classmethod
    def new(cls) -> "Secrets":
        return cls(
            jwt_secret=secrets.token_urlsafe(48),
            webhook_secret=secrets.token_urlsafe(32),
        )


class StackState(msgspec.Struct, frozen=True, kw_only=True):
    """``kept`` means that a person asked for the stack to stay up.

    ``addresses`` and ``environment`` belong to the running stack; ``environment`` holds secrets.
    """

    secrets: Secrets
    ports: Mapping[str, int] = {}
    services: Mapping[str, ServiceRecord] = {}
    addresses: Mapping[str, str] = {}
    environment: Mapping[str, str] = {}
    kept: bool = False


def load(path: Path) -> StackState:
    """Read the stored state; a missing or broken file gives a fresh state with new secrets.

    Our own writes are atomic, so a broken file was damaged from outside.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=StackState)
    except (FileNotFoundError, msgspec.DecodeError):
        return StackState(secrets=Secrets.new())


def save(path: Path, state: StackState) -> None:
    """Replace the stored state atomically, in a file that only its owner may read."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".stack-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(state)))
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
