"""A failed start gives one sentence and leaves no process behind."""

import asyncio
from pathlib import Path

import pytest
from captionacc_stack import backing, processes
from captionacc_stack.backing import SetUpError
from captionacc_stack.home import Home
from captionacc_stack.lifecycle import stack
from captionacc_stack.lifecycle.stack import StackError
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.process import ProcessSpec, ProcessStartError
from captionacc_stack.servers.swift import SwiftError, SwiftServer


async def nothing(*_: object) -> None:
    return


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Home:
    for name in ("SUPABASE_DB_URL", "WASABI_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    return Home(root=tmp_path)


async def test_a_store_that_cannot_be_prepared_is_reported(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(_: SwiftServer) -> None:
        raise SwiftError("The file system does not support extended attributes.")

    monkeypatch.setattr(PostgresServer, "prepare", nothing)
    monkeypatch.setattr(SwiftServer, "prepare", refused)
    with pytest.raises(StackError, match="does not support extended attributes"):
        await stack.ensure_up(place, say=lambda _: None)
    assert processes.marked(place.root) == set()


async def test_a_time_out_is_reported(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(_: PostgresServer) -> None:
        raise TimeoutError

    monkeypatch.setattr(PostgresServer, "prepare", late)
    monkeypatch.setattr(SwiftServer, "prepare", nothing)
    with pytest.raises(StackError, match="did not start in time"):
        await stack.ensure_up(place, say=lambda _: None)


async def test_the_error_of_a_store_process_is_kept(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(spec: ProcessSpec, *, detached: bool) -> None:
        if not spec.name.startswith("swift"):
            await asyncio.Event().wait()
        raise ProcessStartError(f"{spec.name} cannot start.")

    monkeypatch.setattr(PostgresServer, "prepare", nothing)
    monkeypatch.setattr(SwiftServer, "prepare", nothing)
    monkeypatch.setattr(PostgresServer, "password", "secret")
    place.prepare()
    (place.swift / "secret").write_text("secret")
    monkeypatch.setattr("captionacc_stack.lifecycle.start.start", refused)
    with pytest.raises(StackError, match="cannot start"):
        await stack.ensure_up(place, say=lambda _: None)


@pytest.mark.parametrize("url", ["nonsense", "postgresql://a:b@127.0.0.1:1/c"])
async def test_an_external_database_that_cannot_be_used_is_reported(url: str) -> None:
    with pytest.raises(SetUpError, match="SUPABASE_DB_URL"):
        await backing.ensure_prefect_database(url)


def test_missing_variables_of_an_external_store_are_named() -> None:
    with pytest.raises(SetUpError, match="but WASABI_SECRET_KEY, WASABI_BUCKET is not"):
        backing.external_store_environment(
            {"WASABI_ENDPOINT_URL": "http://store:9000", "WASABI_ACCESS_KEY": "x"}
        )


def test_an_object_store_without_a_scheme_is_refused() -> None:
    given = dict.fromkeys(("WASABI_ACCESS_KEY", "WASABI_SECRET_KEY", "WASABI_BUCKET"), "x")
    with pytest.raises(SetUpError, match="http://"):
        backing.external_store_environment(given | {"WASABI_ENDPOINT_URL": "store:9000"})
