create table captionacc.tenants (
    id uuid primary key,
    name text not null default '',
    tier text not null default 'free' check (tier in ('free', 'premium', 'enterprise')),
    max_concurrent_jobs integer check (max_concurrent_jobs > 0),
    created_at timestamptz not null default now()
);

create table captionacc.videos (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references captionacc.tenants,
    display_name text not null check (char_length(display_name) between 1 and 500),
    size_bytes bigint check (size_bytes >= 0),
    language text check (char_length(language) between 1 and 35),
    storage_key text check (starts_with(storage_key, tenant_id::text || '/')),
    status text not null default 'uploaded'
        check (status in ('uploaded', 'queued', 'processing', 'active', 'error')),
    caption_status text check (caption_status in ('queued', 'processing', 'ready', 'error')),
    error jsonb,
    progress jsonb,
    frame_count integer check (frame_count > 0),
    full_frame_count integer check (full_frame_count > 0),
    duration_seconds double precision check (duration_seconds >= 0),
    width integer check (width > 0),
    height integer check (height > 0),
    video_codec text,
    suggested_crop_region jsonb,
    crop_region jsonb,
    cropped_frames_version integer,
    uploaded_at timestamptz not null default now(),
    unique (id, tenant_id)
);
create index videos_by_tenant on captionacc.videos (tenant_id, uploaded_at desc, id desc);
create index videos_uploaded on captionacc.videos (uploaded_at) where status = 'uploaded';

comment on column captionacc.videos.frame_count is 'Frame indices at 10 Hz.';
comment on column captionacc.videos.full_frame_count is 'Full frames stored at 0.1 Hz.';

-- A token is never reused, so a writer whose lease was taken over can be told from its successor.
create sequence captionacc.lease_tokens;

create table captionacc.jobs (
    id uuid primary key default gen_random_uuid(),
    kind text not null check (
        kind in ('video_initial_processing', 'crop_and_infer', 'caption_ocr', 'captions_ocr')
    ),
    video_id uuid not null,
    tenant_id uuid not null,
    input_digest text not null,
    parameters jsonb not null,
    tier text not null check (tier in ('free', 'premium', 'enterprise')),
    static_score double precision not null,
    priority integer not null,
    ageing boolean not null default true,
    requested_at timestamptz not null default now(),
    state text not null default 'queued'
        check (state in ('queued', 'running', 'done', 'error', 'cancelled')),
    attempt integer not null default 0 check (attempt >= 0),
    not_before timestamptz,
    cancel_requested boolean not null default false,
    flow_run_id uuid,
    lease_owner text,
    lease_token bigint unique,
    lease_expires_at timestamptz,
    compute_call jsonb,
    result jsonb,
    error jsonb,
    tags text[] not null default '{}',
    started_at timestamptz,
    ended_at timestamptz,
    foreign key (video_id, tenant_id) references captionacc.videos (id, tenant_id)
        on delete cascade,
    constraint jobs_lease_while_running check (
        num_nonnulls(lease_owner, lease_token, lease_expires_at)
        = case state when 'running' then 3 else 0 end
    ),
    constraint jobs_end_when_ended check (
        (ended_at is not null) = (state in ('done', 'error', 'cancelled'))
    )
);
create unique index jobs_live on captionacc.jobs (kind, video_id, input_digest)
    where state in ('queued', 'running') and not cancel_requested;
create index jobs_by_video on captionacc.jobs (video_id, requested_at);
create index jobs_waiting on captionacc.jobs (static_score, ageing, requested_at, id)
    where state = 'queued';
create index jobs_waiting_by_tenant
    on captionacc.jobs (tenant_id, static_score, ageing, requested_at, id) where state = 'queued';
create index jobs_running on captionacc.jobs (tenant_id) where state = 'running';
create index jobs_without_flow_run on captionacc.jobs (requested_at)
    where state = 'queued' and flow_run_id is null;

create table captionacc.cropped_frames_versions (
    video_id uuid not null,
    version integer not null check (version > 0),
    tenant_id uuid not null,
    job_id uuid not null unique references captionacc.jobs on delete cascade,
    status text not null default 'processing'
        check (status in ('processing', 'active', 'archived', 'failed')),
    crop_region jsonb not null,
    frame_count integer check (frame_count > 0),
    chunk_count integer check (chunk_count > 0),
    total_bytes bigint check (total_bytes > 0),
    cropped_frames_prefix text,
    extents_key text,
    model_version text,
    created_at timestamptz not null default now(),
    activated_at timestamptz,
    primary key (video_id, version),
    foreign key (video_id, tenant_id) references captionacc.videos (id, tenant_id)
        on delete cascade
);
create unique index cropped_frames_versions_one_active
    on captionacc.cropped_frames_versions (video_id) where status = 'active';

alter table captionacc.videos add foreign key (id, cropped_frames_version)
    references captionacc.cropped_frames_versions (video_id, version);

create table captionacc.captions (
    id bigint generated always as identity primary key,
    video_id uuid not null,
    tenant_id uuid not null,
    cropped_frames_version integer not null,
    start_frame integer not null check (start_frame >= 0),
    end_frame integer not null,
    state text not null check (state in ('predicted', 'confirmed', 'gap')),
    confidence double precision not null check (confidence between 0 and 1),
    text text,
    text_status text check (
        text_status in
        ('valid_caption', 'ocr_error', 'partial_caption', 'text_unclear', 'other_issue')
    ),
    caption_ocr text,
    caption_ocr_confidence double precision check (caption_ocr_confidence between 0 and 1),
    caption_ocr_status text
        check (caption_ocr_status in ('queued', 'processing', 'completed', 'error')),
    caption_ocr_error text,
    check (start_frame <= end_frame),
    unique (video_id, start_frame),
    unique (video_id, end_frame),
    foreign key (video_id, tenant_id) references captionacc.videos (id, tenant_id)
        on delete cascade,
    foreign key (video_id, cropped_frames_version)
        references captionacc.cropped_frames_versions (video_id, version) on delete cascade
);

comment on column captionacc.captions.end_frame is 'Inclusive.';

create table captionacc.usage_metrics (
    id bigint generated always as identity primary key,
    tenant_id uuid not null,
    video_id uuid not null,
    job_id uuid not null references captionacc.jobs on delete cascade,
    function text not null,
    seconds jsonb not null,
    ocr_units integer not null check (ocr_units >= 0),
    ocr_engine text,
    peak_memory_mib double precision not null,
    device text not null,
    cost jsonb not null,
    estimated_usd double precision not null check (estimated_usd >= 0),
    actual_usd double precision check (actual_usd >= 0),
    created_at timestamptz not null default now(),
    foreign key (video_id, tenant_id) references captionacc.videos (id, tenant_id)
        on delete cascade
);
create index usage_metrics_by_video on captionacc.usage_metrics (video_id, id);
create index usage_metrics_by_tenant on captionacc.usage_metrics (tenant_id, created_at);

comment on column captionacc.usage_metrics.seconds is 'Wall seconds by stage.';
comment on column captionacc.usage_metrics.cost is 'The lines that add up to estimated_usd.';

-- The web app looks here before it lets a person edit a database of a video.
create view captionacc.database_locks with (security_invoker = true) as
select
    video_id,
    tenant_id,
    case kind when 'video_initial_processing' then 'layout' else 'captions' end as database_name,
    id as job_id,
    kind,
    lease_owner,
    coalesce(started_at, requested_at) as since,
    lease_expires_at
from captionacc.jobs
where state = 'running' and lease_expires_at > now();
