-- Limits per tenant. Null means that there is no limit. The migrate command fills tier_limits from its
-- settings; a row of tenant_limits replaces single limits of the tenant's tier.

create table captionacc.tenant_limits (
    tenant_id uuid primary key references captionacc.tenants,
    videos_per_day double precision check (videos_per_day >= 0),
    minutes_per_month double precision check (minutes_per_month >= 0),
    stored_bytes double precision check (stored_bytes >= 0),
    usd_per_month double precision check (usd_per_month >= 0),
    jobs_waiting double precision check (jobs_waiting >= 0),
    crop_changes_per_hour double precision check (crop_changes_per_hour >= 0)
);

create table captionacc.tier_limits (
    tier text primary key check (tier in ('free', 'premium', 'enterprise')),
    like captionacc.tenant_limits including constraints
);
alter table captionacc.tier_limits drop column tenant_id;
insert into captionacc.tier_limits (tier) values ('free'), ('premium'), ('enterprise');

-- What a tenant used on a day in UTC. It outlives the videos, whose deletion must not give back what
-- was spent.
create table captionacc.tenant_days (
    tenant_id uuid not null references captionacc.tenants,
    day date not null,
    videos integer not null default 0,
    video_seconds double precision not null default 0,
    usd double precision not null default 0,
    primary key (tenant_id, day)
);

-- What a job that has not ended is expected to use. The end of the job deletes the row.
create table captionacc.reservations (
    job_id uuid primary key references captionacc.jobs on delete cascade,
    tenant_id uuid not null references captionacc.tenants,
    usd double precision not null check (usd >= 0),
    video_seconds double precision not null check (video_seconds >= 0),
    created_at timestamptz not null default now()
);
create index reservations_by_tenant on captionacc.reservations (tenant_id);

create index jobs_crop_changes on captionacc.jobs (tenant_id, requested_at)
    where kind = 'crop_and_infer';
create index usage_metrics_by_function on captionacc.usage_metrics (function, id);

alter table captionacc.videos add column waiting jsonb;
comment on column captionacc.videos.waiting is
    'Why the first job of an uploaded video does not start yet: the limit that its tenant reached.';

-- A tenant that has no row yet has the tier that its first video will give it.
create function captionacc.allowances(tenant uuid) returns table (
    name text, allowed double precision
)
language sql stable set search_path = ''
as $$
    select l.name, l.allowed
    from captionacc.tier_limits d
    left join captionacc.tenant_limits o on o.tenant_id = tenant
    cross join lateral (values
        ('videos_per_day', coalesce(o.videos_per_day, d.videos_per_day)),
        ('minutes_per_month', coalesce(o.minutes_per_month, d.minutes_per_month)),
        ('stored_bytes', coalesce(o.stored_bytes, d.stored_bytes)),
        ('usd_per_month', coalesce(o.usd_per_month, d.usd_per_month)),
        ('jobs_waiting', coalesce(o.jobs_waiting, d.jobs_waiting)),
        ('crop_changes_per_hour', coalesce(o.crop_changes_per_hour, d.crop_changes_per_hour))
    ) as l (name, allowed)
    where d.tier = coalesce(
        (select t.tier from captionacc.tenants t where t.id = tenant), 'free'
    )
$$;

create function captionacc.limit_standing(tenant uuid) returns table (
    name text, allowed double precision, used double precision, reserved double precision,
    free_at timestamptz
)
language sql stable set search_path = ''
as $$
    with clock as (
        select date_trunc('day', now() at time zone 'utc') as today,
            date_trunc('month', now() at time zone 'utc') as month
    ),
    month as (
        select coalesce(sum(d.videos) filter (where d.day = clock.today::date), 0) as videos_today,
            coalesce(sum(d.video_seconds), 0) as video_seconds, coalesce(sum(d.usd), 0) as usd
        from clock left join captionacc.tenant_days d
            on d.tenant_id = tenant and d.day >= clock.month::date
    ),
    held as (
        select coalesce(sum(r.video_seconds), 0) as video_seconds, coalesce(sum(r.usd), 0) as usd
        from captionacc.reservations r where r.tenant_id = tenant
    ),
    uploading as (
        select count(*) as videos, coalesce(sum(u.size_bytes), 0) as bytes
        from captionacc.uploads u
        where u.tenant_id = tenant and u.completed_at is null and u.aborted_at is null
    )
    select a.name, a.allowed,
        case a.name
            when 'videos_per_day' then month.videos_today
            when 'minutes_per_month' then month.video_seconds / 60
            when 'usd_per_month' then month.usd
            when 'stored_bytes' then (
                select coalesce(sum(v.size_bytes), 0) from captionacc.videos v
                where v.tenant_id = tenant
            )
            when 'jobs_waiting' then (
                select count(*) from captionacc.jobs j
                where j.tenant_id = tenant and j.state = 'queued'
            )
            else (
                select count(*) from captionacc.jobs j
                where j.tenant_id = tenant and j.kind = 'crop_and_infer'
                    and j.requested_at > now() - interval '1 hour'
            )
        end::double precision,
        case a.name
            when 'minutes_per_month' then held.video_seconds / 60
            when 'usd_per_month' then held.usd
            when 'videos_per_day' then uploading.videos
            when 'stored_bytes' then uploading.bytes
            else 0
        end::double precision,
        case a.name
            when 'videos_per_day' then (clock.today + interval '1 day') at time zone 'utc'
            when 'crop_changes_per_hour' then (
                -- The change whose end of the hour makes room for one more.
                select j.requested_at + interval '1 hour' from captionacc.jobs j
                where j.tenant_id = tenant and j.kind = 'crop_and_infer'
                    and j.requested_at > now() - interval '1 hour'
                order by j.requested_at desc offset greatest(a.allowed::bigint - 1, 0) limit 1
            )
            when 'minutes_per_month' then (clock.month + interval '1 month') at time zone 'utc'
            when 'usd_per_month' then (clock.month + interval '1 month') at time zone 'utc'
        end
    from captionacc.allowances(tenant) a cross join clock cross join month cross join held
        cross join uploading
$$;

-- Refuses what would go past a limit. The SQLSTATEs are those that PostgREST answers with the HTTP
-- statuses 402 and 429. Until the transaction ends, other requests of the tenant wait here, so two
-- cannot both take the last place.
create function captionacc.require_within_limits(
    tenant uuid, names text[], amounts double precision[]
) returns void
language plpgsql security definer set search_path = ''
as $$
declare
    reached record;
begin
    if not exists (
        select from captionacc.allowances(tenant) a where a.name = any(names) and a.allowed is not null
    ) then
        -- Nothing to check, so nobody needs to wait.
        return;
    end if;
    -- 1818848628 marks the locks of this function. Lock the tenant only after videos and jobs.
    perform pg_advisory_xact_lock(1818848628, hashtext(tenant::text));
    -- A statement of its own sees what the former holder of the lock has committed.
    select s.*, a.amount into reached
    from captionacc.limit_standing(tenant) s
    join unnest(names, amounts) with ordinality as a (name, amount, place) on a.name = s.name
    where s.used + s.reserved + a.amount > s.allowed
    order by a.place limit 1;
    if not found then
        return;
    end if;
    raise exception using
        errcode = case
            when reached.name in ('videos_per_day', 'jobs_waiting', 'crop_changes_per_hour')
            then 'PT429' else 'PT402'
        end,
        message = format(
            'The limit %s is %s: %s in use, %s reserved for work under way, and this needs %s. %s',
            reached.name, round(reached.allowed::numeric, 2)::double precision,
            round(reached.used::numeric, 2)::double precision,
            round(reached.reserved::numeric, 2)::double precision,
            round(reached.amount::numeric, 2)::double precision,
            case reached.name
                when 'jobs_waiting' then 'Try again when a waiting job has started.'
                when 'stored_bytes' then 'Delete videos to make room.'
                else 'The limit is free again at '
                    || to_char(reached.free_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '.'
            end
        ),
        detail = jsonb_build_object(
            'name', reached.name, 'allowed', reached.allowed, 'used', reached.used,
            'reserved', reached.reserved, 'asked', reached.amount, 'free_at', reached.free_at
        )::text;
end
$$;

create function captionacc.add_to_day(
    tenant uuid, videos integer, video_seconds double precision, usd double precision
) returns void
language sql security definer set search_path = ''
as $$
    insert into captionacc.tenant_days as d (tenant_id, day, videos, video_seconds, usd)
    values (tenant, (now() at time zone 'utc')::date, videos, video_seconds, usd)
    on conflict (tenant_id, day) do update set
        videos = d.videos + excluded.videos,
        video_seconds = d.video_seconds + excluded.video_seconds,
        usd = d.usd + excluded.usd
$$;

revoke all on function captionacc.allowances, captionacc.limit_standing, captionacc.require_within_limits,
    captionacc.add_to_day from public;
grant execute on function captionacc.allowances, captionacc.limit_standing, captionacc.require_within_limits,
    captionacc.add_to_day to service_role;

-- New videos, whoever inserts them: the web app over SQL, or the gateway.
create function captionacc.admit_videos() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
    added record;
begin
    for added in
        select tenant_id, count(*)::integer as videos, coalesce(sum(size_bytes), 0) as bytes
        from inserted group by tenant_id order by tenant_id
    loop
        -- The new rows are in the table already, so their bytes count as used.
        perform captionacc.require_within_limits(
            added.tenant_id, array['videos_per_day', 'stored_bytes'], array[added.videos, 0]
        );
        perform captionacc.add_to_day(added.tenant_id, added.videos, 0, 0);
    end loop;
    return null;
end
$$;
create trigger admit_videos after insert on captionacc.videos
referencing new table as inserted
for each statement execute function captionacc.admit_videos();

create function captionacc.count_processed_video() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    perform captionacc.add_to_day(new.tenant_id, 0, coalesce(new.duration_seconds, 0), 0);
    return null;
end
$$;
create trigger count_processed_video after update of status on captionacc.videos
for each row when (new.status = 'active' and old.status <> 'active')
execute function captionacc.count_processed_video();

create function captionacc.count_usage() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    perform captionacc.add_to_day(new.tenant_id, 0, 0, new.estimated_usd);
    return null;
end
$$;
create trigger count_usage after insert on captionacc.usage_metrics
for each row execute function captionacc.count_usage();

create function captionacc.release_reservation() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    delete from captionacc.reservations where job_id = new.id;
    return null;
end
$$;
create trigger release_reservation after update of state on captionacc.jobs
for each row when (new.state in ('done', 'error', 'cancelled'))
execute function captionacc.release_reservation();

-- The queue as people see it: the waiting jobs in their order, and the videos that have no job yet
-- because of a limit. Places leave out that tenants which run much rank lower.
create function captionacc.waiting_work(
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
    select null, v.id, v.tenant_id, 'video_initial_processing', t.tier, null, null, 0,
        v.uploaded_at, null, v.waiting, false, null, null
    from captionacc.videos v join captionacc.tenants t on t.id = v.tenant_id
    where v.status = 'uploaded' and v.waiting is not null
$$;
revoke all on function captionacc.waiting_work from public;
grant execute on function captionacc.waiting_work to service_role;

-- Requests of tenants and addresses, counted for all gateways together. Losing it in a crash gives
-- everybody a full budget, which does no harm.
create unlogged table captionacc.request_budgets (
    key text primary key,
    tokens double precision not null,
    refilled_at timestamptz not null
);

create function captionacc.take_requests(
    of_key text, wanted double precision, per_second double precision, burst double precision
) returns double precision
language plpgsql
as $$
declare
    budget captionacc.request_budgets;
    available double precision;
    taken double precision;
begin
    insert into captionacc.request_budgets (key, tokens, refilled_at)
    values (of_key, burst, clock_timestamp()) on conflict do nothing;
    select * into budget from captionacc.request_budgets where key = of_key for update;
    -- Read the clock after the lock, which may have waited for another gateway.
    available := least(burst, budget.tokens + per_second
        * greatest(0, extract(epoch from clock_timestamp() - budget.refilled_at)));
    taken := least(wanted, floor(available));
    update captionacc.request_budgets
    set tokens = available - taken, refilled_at = clock_timestamp() where key = of_key;
    return taken;
end
$$;
revoke all on function captionacc.take_requests from public;
grant execute on function captionacc.take_requests to service_role;

-- What operators did, for other operators. No foreign keys: it outlives what it is about.
create table captionacc.operator_actions (
    id bigint generated always as identity primary key,
    operator_id uuid not null,
    action text not null,
    tenant_id uuid,
    job_id uuid,
    data jsonb not null,
    created_at timestamptz not null default now()
);

-- A viewer changes nothing, whatever other policies allow.
create function captionacc.may_change() returns boolean
language sql stable
as $$
    select coalesce((auth.jwt() -> 'app_metadata') ->> 'role', 'annotator')
        in ('annotator', 'reviewer', 'admin')
$$;

do $$
declare
    relation text;
begin
    foreach relation in array array['tenant_limits', 'tenant_days', 'reservations'] loop
        execute format('alter table captionacc.%I enable row level security', relation);
        execute format(
            'create policy tenant_reads on captionacc.%I for select to authenticated
             using (tenant_id = (select captionacc.current_tenant_id()))',
            relation
        );
        execute format('grant select on captionacc.%I to authenticated', relation);
    end loop;
    foreach relation in array array['tier_limits', 'request_budgets', 'operator_actions'] loop
        execute format('alter table captionacc.%I enable row level security', relation);
    end loop;
    foreach relation in array array['videos', 'captions'] loop
        execute format(
            'create policy viewers_insert_nothing on captionacc.%I as restrictive for insert
             to authenticated with check ((select captionacc.may_change()))', relation
        );
        execute format(
            'create policy viewers_update_nothing on captionacc.%I as restrictive for update
             to authenticated using ((select captionacc.may_change()))', relation
        );
        execute format(
            'create policy viewers_delete_nothing on captionacc.%I as restrictive for delete
             to authenticated using ((select captionacc.may_change()))', relation
        );
    end loop;
end
$$;

grant all on captionacc.tier_limits, captionacc.tenant_limits, captionacc.tenant_days,
    captionacc.reservations, captionacc.request_budgets, captionacc.operator_actions to service_role;
grant all on all sequences in schema captionacc to service_role;
