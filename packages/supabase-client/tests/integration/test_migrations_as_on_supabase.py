"""The migrate command as a role that is no superuser, as Supabase's ``postgres`` is none."""

import uuid
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import asyncpg
import pytest_asyncio
from captionacc_stack.backing import migrations_directory
from captionacc_supabase.migrate import Webhook, migrate

FILES = sorted(path.name for path in migrations_directory().glob("*.sql"))
WEBHOOK = Webhook(url="http://gateway.test/hook", secret="a-secret-of-16-characters")
# What Supabase's role has in its projects.
RIGHTS = """
create role {name} login createrole createdb replication bypassrls password '{name}';
grant anon, authenticated, service_role to {name} with admin option;
grant all on database "{database}" to {name};
grant usage on schema auth, net, vault to {name};
grant all on all tables in schema vault to {name};
grant execute on all functions in schema vault to {name};
alter publication supabase_realtime owner to {name};
"""


@pytest_asyncio.fixture
async def owner_dsn(empty_database_dsn: str) -> AsyncIterator[str]:
    """The connection string of that role, in a database with what Supabase supplies."""
    parts = urlsplit(empty_database_dsn)
    name = f"owner_{uuid.uuid4().hex[:12]}"
    superuser = await asyncpg.connect(empty_database_dsn)
    for path in sorted((migrations_directory().parent / "local").glob("*.sql")):
        await superuser.execute(path.read_text())
    await superuser.execute(RIGHTS.format(name=name, database=parts.path.lstrip("/")))
    yield parts._replace(netloc=f"{name}:{name}@{parts.hostname}:{parts.port}").geturl()
    await superuser.execute(f"drop owned by {name} cascade; drop role {name}")
    await superuser.close()


async def test_a_role_that_is_no_superuser_applies_every_file(
    owner_dsn: str, route: Callable[[str], str] | None
) -> None:
    dsn = route(owner_dsn) if route else owner_dsn
    for expected in (FILES, []):
        assert await migrate(dsn, migrations_directory(), webhook=WEBHOOK) == expected

    connection = await asyncpg.connect(dsn, statement_cache_size=0)
    assert not await connection.fetchval("select rolsuper from pg_roles where rolname = user")
    await connection.execute(
        "insert into captionacc.videos (tenant_id, display_name) values (gen_random_uuid(), 'clip')"
    )
    [posted] = await connection.fetch("select url, headers from net.http_request_queue")
    assert posted["url"] == WEBHOOK.url
    assert "X-CaptionAcc-Signature" in posted["headers"]
    published = await connection.fetch(
        "select tablename from pg_publication_tables where pubname = 'supabase_realtime'"
    )
    assert {row["tablename"] for row in published} == {"captions", "videos"}
    await connection.close()
