-- A video that nobody attends goes on by itself: its suggested tracks are approved, and its captions are read.

alter table captionacc.videos add column unattended boolean not null default false;
comment on column captionacc.videos.unattended is
    'Whether the suggested tracks are approved and the captions read without a person.';
alter table captionacc.uploads add column unattended boolean not null default false;
comment on column captionacc.uploads.unattended is 'What the row of the video will say.';

grant insert (unattended) on captionacc.videos to authenticated;
grant select (unattended) on captionacc.uploads to authenticated;

-- Unattended videos whose next step waits for a limit of their tenant.
create index videos_that_wait_to_go_on on captionacc.videos (uploaded_at)
    where status = 'active' and waiting is not null;
comment on column captionacc.videos.waiting is
    'Which limit of the tenant keeps the first job, or the next job of an unattended video, from starting. Null otherwise.';

create function captionacc.next_kind(status text, caption_status text) returns text
language sql immutable
as $$
    select case
        when status = 'uploaded' then 'video_initial_processing'
        when caption_status is null then 'crop_and_infer'
        else 'captions_ocr'
    end
$$;
comment on function captionacc.next_kind is 'The kind of job that a video without a job waits for.';
revoke all on function captionacc.next_kind from public;
grant execute on function captionacc.next_kind to service_role;

-- The queue as people see it, as before, but with the unattended videos that wait for a limit.
create or replace function captionacc.waiting_work(
    points_per_hour double precision, most_points double precision, overdue_hours double precision
) returns table (
    job_id uuid, video_id uuid, tenant_id uuid, kind text, tier text, priority integer,
    static_score double precision, attempt integer, requested_at timestamptz,
    not_before timestamptz, waiting jsonb, tenant_busy boolean, place bigint,
    place_in_tenant bigint
)
language sql stable
as $$
    with running as (
        select r.tenant_id, count(*) as jobs from captionacc.jobs r
        where r.state = 'running' group by r.tenant_id
    ),
    -- Only what the order needs: sorting whole rows would take ten times as long.
    scored as (
        select j.id, j.tenant_id, j.requested_at, case
            when j.ageing and j.requested_at < now() - make_interval(secs => overdue_hours * 3600)
            then 100
            when j.ageing then least(100, j.static_score + least(
                most_points,
                points_per_hour * date_part('epoch', now() - j.requested_at) / 3600
            ))
            else j.static_score
        end as score
        from captionacc.jobs j where j.state = 'queued'
    ),
    placed as (
        select s.id, row_number() over (order by s.score desc, s.requested_at, s.id) as place,
            row_number() over (
                partition by s.tenant_id order by s.score desc, s.requested_at, s.id
            ) as place_in_tenant
        from scored s
    )
    select j.id, j.video_id, j.tenant_id, j.kind, j.tier, j.priority, j.static_score, j.attempt,
        j.requested_at, j.not_before, null::jsonb,
        coalesce(r.jobs >= t.max_concurrent_jobs, false), p.place, p.place_in_tenant
    from placed p join captionacc.jobs j on j.id = p.id
    join captionacc.tenants t on t.id = j.tenant_id
    left join running r on r.tenant_id = j.tenant_id
    union all
    select null, v.id, v.tenant_id, captionacc.next_kind(v.status, v.caption_status), t.tier, null, null, 0,
        v.uploaded_at, null, v.waiting, false, null, null
    from captionacc.videos v join captionacc.tenants t on t.id = v.tenant_id
    where v.status in ('uploaded', 'active') and v.waiting is not null
$$;
