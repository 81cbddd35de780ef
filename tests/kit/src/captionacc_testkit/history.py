"""A database with a long history, and the plans of the statements that programs send to it."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

# Tables that grow with the history.
GROWING = frozenset({"jobs", "events", "captions"})
# Retention works on batches of a thousand; all other work is about fewer rows.
MOST_READ = 2_000
_TIMEOUT_S = 120.0
_TENANTS = 50
# Each video has three ended jobs; one in ten has captions.
_FILL = """
set session_replication_role = replica;
-- An index is made faster at once than row by row.
create temporary table made_later as
select indexname as name, indexdef as definition from pg_indexes
where schemaname = 'captionacc' and indexname not in (select conname from pg_constraint);
do $$ declare index record; begin
    for index in select * from made_later loop
        execute format('drop index captionacc.%I', index.name);
    end loop;
end $$;
insert into captionacc.tenants (id)
select md5('tenant' || n)::uuid from generate_series(1, {tenants}) n;
insert into captionacc.event_counters (tenant_id, last_number)
select id, {jobs} / {tenants} from captionacc.tenants;
insert into captionacc.videos (id, tenant_id, display_name, status, caption_status, uploaded_at)
select md5('video' || n)::uuid, md5('tenant' || 1 + n % {tenants})::uuid, 'clip ' || n,
    'active', 'ready', now() - make_interval(mins => n)
from generate_series(1, {jobs} / 3) n;
insert into captionacc.jobs
    (id, kind, video_id, tenant_id, input_digest, parameters, tier, static_score, priority, state,
     attempt, requested_at, started_at, ended_at, flow_run_id, error, compute_call)
select md5('job' || n)::uuid, kind, md5('video' || v)::uuid,
    md5('tenant' || 1 + v % {tenants})::uuid, md5(n::text),
    jsonb_build_object('type', kind, 'video_key', 'k', 'caption_ids', '[]'::jsonb,
    'cropped_frames_version', 1, 'crop_region',
    '{{"crop_left": 0.1, "crop_top": 0.7, "crop_right": 0.9, "crop_bottom": 0.9}}'::jsonb),
    'free', 50 + 5 * (n % 3), 50, state, 1, at, at, at + interval '1 minute',
    md5('run' || n)::uuid,
    case state when 'error' then '{{"code": "internal", "message": "m", "stage": "s"}}'::jsonb end,
    null
from (
    select n, 1 + n / 3 % ({jobs} / 3) as v, now() - make_interval(mins => n) as at,
        (array['video_initial_processing', 'crop_and_infer', 'captions_ocr'])[1 + n % 3] as kind,
        (array['error', 'cancelled', 'done', 'done', 'done', 'done', 'done', 'done', 'done',
            'done'])[1 + n / 3 % 10] as state
    from generate_series(1, {jobs}) n
) made;
insert into captionacc.events (tenant_id, number, video_id, job_id, kind, data, created_at)
select md5('tenant' || 1 + n % {tenants})::uuid, 1 + n / {tenants}, md5('video' || v)::uuid,
    md5('job' || n)::uuid, 'job.done', '{{"kind": "crop_and_infer", "priority": 50, "attempt": 1}}',
    now() - make_interval(mins => {jobs} - n)
from (select n, 1 + n % ({jobs} / 3) as v from generate_series(1, {jobs} - {tenants}) n) made;
insert into captionacc.cropped_frames_versions
    (video_id, version, tenant_id, job_id, status, crop_region, frame_count, activated_at)
select md5('video' || v)::uuid, 1, md5('tenant' || 1 + v % {tenants})::uuid,
    md5('job' || 3 * v - 2)::uuid, 'active',
    '{{"crop_left": 0.1, "crop_top": 0.7, "crop_right": 0.9, "crop_bottom": 0.9}}', 400, now()
from (select 10 * n as v from generate_series(1, {jobs} / 30) n) made;
insert into captionacc.captions (video_id, tenant_id, cropped_frames_version, start_frame,
    end_frame, state, confidence, caption_ocr)
select md5('video' || v)::uuid, md5('tenant' || 1 + v % {tenants})::uuid, 1, 20 * k, 20 * k + 19,
    'predicted', 0.9, 'text'
from (select 10 * n as v from generate_series(1, {jobs} / 30) n) made, generate_series(0, 19) k;
update captionacc.videos v set cropped_frames_version = 1, crop_region = c.crop_region
from captionacc.cropped_frames_versions c where c.video_id = v.id;
insert into captionacc.usage_metrics
    (tenant_id, video_id, job_id, function, seconds, ocr_units, peak_memory_mib, device, cost,
     estimated_usd, created_at, call_id)
select tenant_id, video_id, id, 'crop_and_infer_caption_frame_extents', '{{"decode": 1}}', 0, 100,
    'cpu', '[]', 0.01, ended_at, id::text
from captionacc.jobs where kind = 'crop_and_infer';
do $$ declare index record; begin
    for index in select * from made_later loop
        execute index.definition;
    end loop;
end $$;
set session_replication_role = default;
analyze;
"""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How Postgres ran one statement."""

    statement: str
    nodes: list[dict[str, Any]]

    def most_read(self) -> int:
        """The most rows of a growing table that a part of the plan read."""
        return max((_rows_read(node) for node in self.nodes if _grows(node)), default=0)

    def scans(self) -> list[str]:
        """Growing tables that were read from end to end."""
        return [
            node["Relation Name"]
            for node in self.nodes
            if _grows(node) and node["Node Type"] == "Seq Scan" and node["Actual Loops"]
        ]


def _grows(node: dict[str, Any]) -> bool:
    return node.get("Relation Name") in GROWING


def _rows_read(node: dict[str, Any]) -> int:
    rows: float = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return int(rows * node["Actual Loops"])


def greedy(plans: Iterable[Plan]) -> dict[str, str]:
    """Statements that read a whole table, or many more rows than any work is about."""
    return {
        plan.statement: f"scans {plan.scans()}, reads {plan.most_read()} rows"
        for plan in plans
        if plan.scans() or plan.most_read() > MOST_READ
    }


def summary(plans: Iterable[Plan]) -> str:
    """The number of statements, and those that read most."""
    most: dict[str, int] = {}
    for plan in plans:
        statement = " ".join(plan.statement.split())
        most[statement] = max(most.get(statement, 0), plan.most_read())
    first = sorted(most.items(), key=lambda item: -item[1])[:10]
    lines = [f"{len(most)} statements; most rows of jobs, events or captions that a part read:"]
    return "\n".join([*lines, *(f"{rows:6d}  {statement[:110]}" for statement, rows in first)])


async def fill_history(dsn: str, ended_jobs: int) -> None:
    """Insert ended jobs, with their videos, events, captions and usage."""
    connection = await asyncpg.connect(dsn, timeout=_TIMEOUT_S)
    try:
        await connection.execute(
            _FILL.format(jobs=ended_jobs, tenants=_TENANTS), timeout=_TIMEOUT_S
        )
    finally:
        await connection.close(timeout=_TIMEOUT_S)


async def explain_everything(dsn: str) -> None:
    """Let Postgres log the plan of every statement of later connections to the database.

    Statements in functions and triggers are logged too.
    """
    connection = await asyncpg.connect(dsn, timeout=_TIMEOUT_S)
    try:
        name = await connection.fetchval("select current_database()")
        for setting, value in (
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_nested_statements", "on"),
            ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_timing", "off"),
            ("auto_explain.log_buffers", "off"),
            ("auto_explain.log_format", "json"),
        ):
            await connection.execute(f"alter database \"{name}\" set {setting} = '{value}'")
    finally:
        await connection.close(timeout=_TIMEOUT_S)


class PlanLog:
    """The plans that Postgres logs from now on."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._offset = log.stat().st_size

    def read(self) -> list[Plan]:
        with self._log.open("rb") as file:
            file.seek(self._offset)
            text = file.read().decode(errors="replace")
        plans = []
        for match in re.finditer(r"duration: \S+ ms  plan:\n((?:\t.*\n)+)", text):
            logged = json.loads(match[1])
            plans.append(Plan(statement=logged["Query Text"], nodes=list(_nodes(logged["Plan"]))))
        return plans


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", []):
        yield from _nodes(part)
