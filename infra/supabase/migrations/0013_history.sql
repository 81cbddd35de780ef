-- What grows with the history of the system: indexes for queries that look for a few rows in it,
-- its retention, the lease of the reconciler, and the policy of the queue.

-- One row. A lease, not an advisory lock: the lock of a worker that froze would stop all repairs until
-- Postgres notices that the worker is gone.
create table captionacc.reconciler_lease (
    only_row boolean primary key default true check (only_row),
    owner text,
    token bigint,
    expires_at timestamptz,
    pass_ended_at timestamptz not null default now(),
    check (num_nonnulls(owner, token, expires_at) in (0, 3))
);
insert into captionacc.reconciler_lease default values;
comment on column captionacc.reconciler_lease.pass_ended_at is
    'When a pass last ran to its end; at first, the time of the migration.';

-- Ended jobs: by far most rows, of which the repairs look for a few.
create index jobs_ended on captionacc.jobs (ended_at, id) where ended_at is not null;
create index jobs_failed on captionacc.jobs (ended_at) where state = 'error';
create index jobs_cancelled on captionacc.jobs (ended_at, id) where state = 'cancelled';
create index jobs_with_stray_call on captionacc.jobs (ended_at)
    where state in ('error', 'cancelled') and compute_call is not null;
create index jobs_of_flow_run on captionacc.jobs (flow_run_id) where flow_run_id is not null;
create index jobs_waiting_by_age on captionacc.jobs (requested_at) where state = 'queued';
create index jobs_leased on captionacc.jobs (lease_expires_at) where state = 'running';

create index cropped_frames_versions_unfinished on captionacc.cropped_frames_versions (video_id)
    where status = 'processing';
create index cropped_frames_versions_past on captionacc.cropped_frames_versions (video_id, version)
    where status in ('failed', 'archived');

-- Retention goes through each of these from its oldest row on.
create index events_by_time on captionacc.events (created_at);
create index usage_metrics_by_time on captionacc.usage_metrics (created_at, id);
create index caption_versions_of_the_model on captionacc.caption_versions (made_at)
    where edited_count = 0 and confirmed_count = 0 and made_by is null;

-- Usage outlives its job, as it tells of money.
alter table captionacc.usage_metrics drop constraint usage_metrics_job_id_fkey;

-- A version of cropped frames keeps its job: the job's removal would take the version and its captions
-- along. Deleting a video still deletes both.
alter table captionacc.cropped_frames_versions
    drop constraint cropped_frames_versions_job_id_fkey,
    add foreign key (job_id) references captionacc.jobs on delete no action
        deferrable initially deferred;

-- Calls that retention removed from usage_metrics, added up.
create table captionacc.usage_days (
    tenant_id uuid not null references captionacc.tenants,
    day date not null,
    function text not null,
    calls bigint not null,
    ocr_units bigint not null,
    compute_seconds double precision not null,
    usd double precision not null,
    primary key (tenant_id, day, function)
);
comment on table captionacc.usage_days is
    'Calls by tenant, day in UTC and function, whose rows in usage_metrics have been removed.';

-- The policies that operators set, each in the place of the one before it.
create table captionacc.priority_policies (
    number integer generated always as identity primary key,
    policy jsonb not null,
    set_by uuid not null,
    set_at timestamptz not null default now(),
    reason text not null default ''
);

alter table captionacc.jobs
    add column base_override double precision check (base_override between 0 and 100),
    add column policy_number integer not null default 0;
comment on column captionacc.jobs.base_override is
    'Points that an operator gave the job in the place of those of its tier.';
comment on column captionacc.jobs.policy_number is
    'The policy that gave the static score; 0: the settings of the priority service.';
create index jobs_to_score on captionacc.jobs (policy_number) where state = 'queued';

alter table captionacc.priority_policies enable row level security;
grant all on captionacc.priority_policies to service_role;

alter table captionacc.reconciler_lease enable row level security;
alter table captionacc.usage_days enable row level security;
create policy tenant_reads on captionacc.usage_days for select to authenticated
    using (tenant_id = (select captionacc.current_tenant_id()));
grant select on captionacc.usage_days to authenticated;
grant all on captionacc.reconciler_lease, captionacc.usage_days to service_role;
grant all on all sequences in schema captionacc to service_role;
