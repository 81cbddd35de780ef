"""What docs/runbook.md says about deleting the data of a tenant is true of the present tables."""

import re
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from captionacc_supabase.session import Session

if TYPE_CHECKING:
    from conftest import Scene

# The page says that this stays.
KEPT = {"operator_actions"}
RUNBOOK = Path(__file__).parents[4] / "docs" / "runbook.md"
TABLES_OF_TENANTS = """
select c.table_name from information_schema.columns c
join information_schema.tables t using (table_schema, table_name)
where c.table_schema = 'captionacc' and c.column_name = 'tenant_id' and t.table_type = 'BASE TABLE'
order by 1
"""
# What goes with the videos, and with what goes with the videos.
GONE_WITH_VIDEOS = """
with recursive gone (id) as (
    select 'captionacc.videos'::regclass
    union
    select k.conrelid::regclass from pg_constraint k join gone on k.confrelid = gone.id
    where k.contype = 'f' and k.confdeltype = 'c'
)
select c.relname from gone join pg_class c on c.oid = gone.id
"""


def statements() -> list[str]:
    section = RUNBOOK.read_text(encoding="utf-8").partition("## Delete a tenant's data")[2]
    block = re.search(r"```sql\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return [line.strip() for line in block[1].splitlines() if line.strip()]


async def names(session: Session, query: str) -> set[str]:
    return {str(row[0]) for row in await session.statements.records(query)}


async def test_the_statements_of_the_runbook_leave_nothing_of_a_tenant(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        video = await session.videos.get(video_id)
        assert video is not None
        tables = await names(session, TABLES_OF_TENANTS)
        gone = await names(session, GONE_WITH_VIDEOS)
    told = {
        table
        for line in statements()
        for table in re.findall(r"delete from captionacc\.(\w+)", line)
    }
    assert {"captions", "jobs", "usage_metrics"} <= gone
    assert tables - gone - told == KEPT

    async with scene.database.transaction() as session:
        for line in statements():
            await session.statements.run(line.replace("…", str(video.tenant_id)))
        await session.statements.run(
            "delete from captionacc.tenants where id = $1", video.tenant_id
        )
    assert await _left(scene, video.tenant_id, tables) == set()


async def _left(scene: "Scene", tenant_id: UUID, tables: set[str]) -> set[str]:
    async with scene.database.transaction() as session:
        return {
            table
            for table in tables
            if await session.statements.value(
                f"select count(*) from captionacc.{table} where tenant_id = $1", tenant_id
            )
        }
