-- Uploads that a client sends in parts straight to the object store, and what is left of deleted videos.

-- One row per upload. The row of the video is inserted when the upload is complete.
create table captionacc.uploads (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references captionacc.tenants,
    video_id uuid not null unique,
    display_name text not null check (char_length(display_name) between 1 and 500),
    size_bytes bigint not null check (size_bytes > 0),
    language text check (char_length(language) between 1 and 35),
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    part_bytes bigint not null check (part_bytes > 0),
    storage_key text not null check (starts_with(storage_key, tenant_id::text || '/')),
    store_upload_id text not null,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    completed_at timestamptz,
    aborted_at timestamptz,
    check (completed_at is null or aborted_at is null)
);
create index uploads_by_tenant on captionacc.uploads (tenant_id, created_at desc, id desc);
create index uploads_by_expiry on captionacc.uploads (expires_at);
create index uploads_aborted on captionacc.uploads (aborted_at) where aborted_at is not null;

comment on column captionacc.uploads.store_upload_id is 'The id of the multipart upload in the object store.';
comment on column captionacc.uploads.sha256 is 'What the client says; nobody has computed it.';
comment on column captionacc.uploads.expires_at is
    'The sweep removes the row after this time, and the parts of an upload that is not complete.';
comment on column captionacc.uploads.aborted_at is
    'Set first, so that the upload cannot become a video while its parts are removed.';

alter table captionacc.videos
    add column sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    add column size_checked boolean not null default false;
create index videos_by_sha256 on captionacc.videos (tenant_id, sha256) where sha256 is not null;
comment on column captionacc.videos.sha256 is
    'Digest of the upload, as the client says it; nobody has computed it.';
comment on column captionacc.videos.size_checked is
    'Whether size_bytes is that of the object. A size that was only said does not count for priority.';

-- Deleted videos whose objects are still to be removed. The sweep forgets a row some time after the
-- objects went, when it has looked once more: a call that ended late may have written again.
create table captionacc.deleted_videos (
    video_id uuid primary key,
    tenant_id uuid not null references captionacc.tenants,
    storage_key text,
    deleted_at timestamptz not null default now(),
    objects_deleted_at timestamptz
);
create index deleted_videos_by_time on captionacc.deleted_videos (deleted_at);

alter table captionacc.uploads enable row level security;
create policy tenant_reads on captionacc.uploads for select to authenticated
    using (tenant_id = (select captionacc.current_tenant_id()));
-- Without the store's own id of the upload: with it and a key, one could ask the store.
grant select (
    id, tenant_id, video_id, display_name, size_bytes, language, sha256, part_bytes, created_by, created_at,
    expires_at, completed_at, aborted_at
) on captionacc.uploads to authenticated;

alter table captionacc.deleted_videos enable row level security;
create policy tenant_reads on captionacc.deleted_videos for select to authenticated
    using (tenant_id = (select captionacc.current_tenant_id()));
grant select on captionacc.deleted_videos to authenticated;

grant all on captionacc.uploads, captionacc.deleted_videos to service_role;
