"""The migrate command: on an empty database, again, in parallel, and on one that does not match."""

import asyncio
import shutil
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.limits import Limits
from captionacc_contracts.work.tiers import Tier
from captionacc_stack.backing import migrations_directory
from captionacc_supabase.applied_migrations import MigrationError
from captionacc_supabase.migrate import Webhook, migrate
from captionacc_supabase.settings import MigrateSettings
from captionacc_testkit.pgbouncer import PgBouncer

FILES = sorted(path.name for path in migrations_directory().glob("*.sql"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(migrations_directory().parent, tmp_path / "supabase")
    return tmp_path / "supabase" / "migrations"


async def test_an_empty_database_gets_every_file_and_then_none(empty_database_dsn: str) -> None:
    assert await migrate(empty_database_dsn, migrations_directory(), local=True) == FILES
    assert await migrate(empty_database_dsn, migrations_directory(), local=True) == []


async def test_the_files_are_applied_through_a_transaction_pooler(
    empty_database_dsn: str, transaction_pooler: PgBouncer
) -> None:
    pooled = transaction_pooler.pooled(empty_database_dsn)
    webhook = Webhook(url="http://gateway.test/hook", secret="s")
    for expected in (FILES, []):
        applied = await migrate(pooled, migrations_directory(), local=True, webhook=webhook)
        assert applied == expected


async def test_two_at_once_apply_each_file_once(empty_database_dsn: str) -> None:
    applied = await asyncio.gather(
        *(migrate(empty_database_dsn, migrations_directory(), local=True) for _ in range(4))
    )
    assert sorted(name for names in applied for name in names) == FILES


async def test_a_file_that_fails_leaves_nothing_and_is_applied_once_repaired(
    empty_database_dsn: str, copy: Path
) -> None:
    broken = copy / "0900_broken.sql"
    broken.write_text("create table captionacc.half (id int); select nonsense from nowhere;")
    with pytest.raises(MigrationError, match=r"0900_broken\.sql was not applied"):
        await migrate(empty_database_dsn, copy, local=True)
    broken.write_text("create table captionacc.half (id int);")
    assert await migrate(empty_database_dsn, copy, local=True) == ["0900_broken.sql"]


async def test_a_changed_or_missing_file_is_refused(empty_database_dsn: str, copy: Path) -> None:
    await migrate(empty_database_dsn, copy, local=True)
    last = copy / FILES[-1]
    text = last.read_text()
    last.write_text(f"{text}\n-- changed")
    with pytest.raises(MigrationError, match=f"{FILES[-1]} was changed"):
        await migrate(empty_database_dsn, copy, local=True)
    last.unlink()
    with pytest.raises(MigrationError, match=f"{FILES[-1]} applied, which is not in the folder"):
        await migrate(empty_database_dsn, copy, local=True)


async def test_the_error_on_stock_postgres_names_the_option(empty_database_dsn: str) -> None:
    with pytest.raises(MigrationError, match="--local"):
        await migrate(empty_database_dsn, migrations_directory())


async def test_a_folder_without_files_and_a_missing_server_are_errors(
    empty_database_dsn: str, tmp_path: Path
) -> None:
    with pytest.raises(MigrationError, match=r"no \.sql files"):
        await migrate(empty_database_dsn, tmp_path)
    with pytest.raises(TransientError) as caught:
        await migrate("postgresql://nobody@127.0.0.1:1/none", migrations_directory())
    assert caught.value.code is ErrorCode.DATABASE_UNAVAILABLE


async def run(environment: Mapping[str, str], *arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "captionacc-migrate",
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode, out.decode(), err.decode()


async def test_the_command_applies_the_files_and_makes_the_webhook(empty_database_dsn: str) -> None:
    directory = ("--directory", str(migrations_directory()))
    code, _, err = await run({}, *directory)
    assert code == 2
    assert "SUPABASE_DB_URL is not set" in err
    environment = {"SUPABASE_DB_URL": empty_database_dsn}
    code, out, err = await run(environment, *directory, "--local")
    assert (code, err) == (0, "")
    assert FILES[0] in out
    half = {**environment, "WEBHOOK_URL": "http://gateway/webhooks/supabase/videos"}
    assert (await run(half, *directory, "--local"))[0] == 2
    code, _, err = await run({**half, "WEBHOOK_SECRET": "short"}, *directory, "--local")
    assert code == 2
    assert "WEBHOOK_SECRET has fewer than 16 characters" in err
    code, _, _ = await run({**half, "WEBHOOK_SECRET": "s" * 16}, *directory, "--local")
    assert code == 0
    connection = await asyncpg.connect(empty_database_dsn)
    triggers = await connection.fetchval(
        "select count(*) from pg_trigger where tgname = 'captionacc_videos_insert'"
    )
    await connection.close()
    assert triggers == 1


@pytest.mark.parametrize("extension", ["net", "vault"])
async def test_a_database_without_webhooks_is_named_without_the_secret(
    empty_database_dsn: str, extension: str
) -> None:
    await migrate(empty_database_dsn, migrations_directory(), local=True)
    connection = await asyncpg.connect(empty_database_dsn)
    await connection.execute(f"drop schema {extension} cascade")
    await connection.close()
    with pytest.raises(MigrationError, match="supabase_vault") as caught:
        await migrate(
            empty_database_dsn,
            migrations_directory(),
            webhook=Webhook(url="http://gateway.test/hook", secret="hunter2-hunter2"),
        )
    assert "hunter2" not in str(caught.value)


async def test_a_refused_password_is_a_sentence_without_a_traceback(
    empty_database_dsn: str,
) -> None:
    name = f"nobody_{uuid.uuid4().hex}"
    parts = urlsplit(empty_database_dsn)
    stranger = parts._replace(netloc=f"{name}:s3cret@{parts.netloc.rpartition('@')[2]}").geturl()
    command = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from captionacc_supabase.migrate import main; main()",
        "--directory",
        str(migrations_directory()),
        env={"SUPABASE_DB_URL": stranger},
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, shown = await command.communicate()
    assert command.returncode == 1
    assert shown.startswith(b"captionacc-migrate: ")
    assert b"Traceback" not in shown
    assert b"s3cret" not in shown


def test_a_tier_can_have_no_limits() -> None:
    settings = MigrateSettings(supabase_db_url="x", limits_enterprise="none")
    assert settings.tier_limits[Tier.ENTERPRISE] == Limits()


async def test_the_command_sets_the_limits_of_each_tier(empty_database_dsn: str) -> None:
    limits = MigrateSettings(supabase_db_url=empty_database_dsn, limits_free="videos_per_day=7")
    for _ in range(2):
        await migrate(
            empty_database_dsn, migrations_directory(), local=True, limits=limits.tier_limits
        )
    connection = await asyncpg.connect(empty_database_dsn)
    rows = await connection.fetch("select * from captionacc.tier_limits")
    await connection.close()
    of_tier = {row["tier"]: dict(row) for row in rows}
    assert of_tier["free"]["videos_per_day"] == 7
    assert of_tier["free"]["usd_per_month"] is None
    assert of_tier["premium"]["videos_per_day"] == 500


@pytest.mark.parametrize(
    "text",
    ["videos=1", "videos_per_day", "videos_per_day=many", "jobs_waiting=-1", "jobs_waiting=nan"],
)
def test_malformed_limits_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="limit"):
        MigrateSettings(supabase_db_url="x", limits_free=text)
