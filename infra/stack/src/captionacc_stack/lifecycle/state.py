"""What is remembered of a stack between commands: ports, secrets, and which processes run."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import msgspec

TENANT = UUID("00000000-0000-4000-8000-000000000001")
"""The tenant that the local stack uploads for when none is named."""


class ServiceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A started process; ``started_ticks`` tells it from a later one with the same pid."""

    pid: int
    started_ticks: int


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """Made once per stack; nothing outside this machine knows them."""

    jwt_secret: str
    webhook_secret: str

    @classmethod
    def new(cls) -> "Secrets":
        return cls(
            jwt_secret=secrets.token_urlsafe(48),
            webhook_secret=secrets.token_urlsafe(32),
        )


class StackState(msgspec.Struct, frozen=True, kw_only=True):
    """``kept`` means that a person asked for the stack to stay up.

    ``addresses`` and ``environment`` are those of the running stack; the latter holds secrets.
    """

    secrets: Secrets
    ports: Mapping[str, int] = {}
    services: Mapping[str, ServiceRecord] = {}
    addresses: Mapping[str, str] = {}
    environment: Mapping[str, str] = {}
    kept: bool = False
    started_at: float = 0.0


def load(path: Path) -> StackState:
    """The stored state; a missing or broken file gives a fresh one, which costs nothing but ports.

    A broken file cannot come from us (writes are atomic), so its secrets are simply made anew.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=StackState)
    except (FileNotFoundError, msgspec.DecodeError):
        return StackState(secrets=Secrets.new())


def save(path: Path, state: StackState) -> None:
    """Replace the stored state atomically; only the owner may read it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".stack-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(state)))
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
