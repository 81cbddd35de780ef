-- No foreign keys to videos and jobs: the audit trail outlives what it tells of.
create table captionacc.events (
    tenant_id uuid not null references captionacc.tenants,
    number bigint not null,
    video_id uuid,
    job_id uuid,
    kind text not null,
    data jsonb not null,
    created_at timestamptz not null,
    primary key (tenant_id, number)
);
create index events_by_video on captionacc.events (video_id, number);

create table captionacc.event_counters (
    tenant_id uuid primary key references captionacc.tenants,
    last_number bigint not null
);

-- The counter's row stays locked until the caller's transaction ends, so numbers have no holes and
-- a reader that has seen n will never see a smaller number appear. Call it last in a transaction.
create function captionacc.append_event(
    tenant uuid, video uuid, job uuid, event_kind text, event_data jsonb
) returns bigint
language sql security definer set search_path = ''
as $$
    with counter as (
        insert into captionacc.event_counters as c (tenant_id, last_number)
        values (tenant, 1)
        on conflict (tenant_id) do update set last_number = c.last_number + 1
        returning last_number
    ),
    appended as (
        insert into captionacc.events
            (tenant_id, number, video_id, job_id, kind, data, created_at)
        select tenant, last_number, video, job, event_kind, event_data, clock_timestamp()
        from counter
        returning number
    )
    select number from appended, pg_catalog.pg_notify('captionacc_events', tenant::text)
$$;
revoke all on function captionacc.append_event from public;

create function captionacc.create_tenant_of_video() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    insert into captionacc.tenants (id) values (new.tenant_id) on conflict do nothing;
    return new;
end
$$;

create trigger create_tenant before insert on captionacc.videos
for each row execute function captionacc.create_tenant_of_video();

create function captionacc.announce_video() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    perform captionacc.append_event(
        new.tenant_id, new.id, null, 'video.status',
        jsonb_build_object('status', new.status, 'caption_status', new.caption_status, 'error', null)
    );
    return null;
end
$$;

-- Deferred to the commit, for the reason given at append_event.
create constraint trigger announce_video after insert on captionacc.videos
deferrable initially deferred
for each row execute function captionacc.announce_video();
