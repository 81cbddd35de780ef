-- What each worker knows of the services that it needs, for people: workers decide alone, each by what it sees itself.
-- A worker writes its row every few seconds; a row that is old belongs to a worker that stopped.
create table captionacc.worker_outages (
    worker text primary key,
    -- The services that are away for this worker: [{"dependency": …, "since": …, "reason": …}].
    outages jsonb not null,
    seen_at timestamptz not null default now()
);
alter table captionacc.worker_outages enable row level security;
grant all on captionacc.worker_outages to service_role;

-- Calls that used money without a published result, such as calls that failed, have rows too.
alter table captionacc.usage_metrics add column published boolean not null default true;
comment on column captionacc.usage_metrics.published is
    'False while no result of this call was published: the call failed, or its result was dropped.';
