-- The captions of a video as they were before all of them were replaced: by the captions of a new
-- crop region, or by an older version that a person restored. No foreign key leads to jobs or to
-- cropped_frames_versions: a version outlives what it was made from, and goes with its video only.
create table captionacc.caption_versions (
    video_id uuid not null,
    number integer not null check (number > 0),
    tenant_id uuid not null,
    made_at timestamptz not null default now(),
    made_by text check (char_length(made_by) <= 200),
    job_id uuid,
    reason text not null check (reason in ('crop', 'restore')),
    cropped_frames_version integer not null,
    frame_count integer not null check (frame_count > 0),
    tracks jsonb not null,
    captions jsonb not null,
    caption_count integer not null check (caption_count >= 0),
    confirmed_count integer not null check (confirmed_count >= 0),
    edited_count integer not null check (edited_count >= 0),
    primary key (video_id, number),
    foreign key (video_id, tenant_id) references captionacc.videos (id, tenant_id)
        on delete cascade
);

comment on column captionacc.caption_versions.made_by is
    'The person whose restore replaced the captions; null if a job replaced them.';
comment on column captionacc.caption_versions.job_id is
    'The job that replaced the captions; null if a person did.';
comment on column captionacc.caption_versions.cropped_frames_version is
    'The version of the cropped frames in which the captions were found.';
comment on column captionacc.caption_versions.tracks is
    'Crop region and writing direction of each track, in the order of the numbers of the tracks.';
comment on column captionacc.caption_versions.captions is
    'All rows whole, gaps included, in the order of their frames.';
comment on column captionacc.caption_versions.edited_count is
    'Captions and gaps that a person changed, confirmed ones included.';

alter table captionacc.caption_versions enable row level security;
create policy tenant_reads on captionacc.caption_versions for select to authenticated
    using (tenant_id = (select captionacc.current_tenant_id()));
grant select on captionacc.caption_versions to authenticated;
grant all on captionacc.caption_versions to service_role;

-- How far captions.db.gz, the file that the browser reads, follows the rows of a video. The services
-- write the file; people do not see this table.
create table captionacc.caption_snapshots (
    video_id uuid primary key,
    tenant_id uuid not null,
    changes bigint not null default 1,
    written bigint not null default 0,
    due_at timestamptz not null,
    claim_token bigint,
    claimed_until timestamptz,
    foreign key (video_id, tenant_id) references captionacc.videos (id, tenant_id)
        on delete cascade,
    check (num_nonnulls(claim_token, claimed_until) in (0, 2))
);
create index caption_snapshots_due on captionacc.caption_snapshots (due_at)
    where written < changes;

comment on column captionacc.caption_snapshots.changes is
    'Grows with every statement that changes captions of the video.';
comment on column captionacc.caption_snapshots.written is
    'The value of changes that the stored file holds.';
comment on column captionacc.caption_snapshots.due_at is
    'When the file is to be written: a moment after the first change that it lacks.';

alter table captionacc.caption_snapshots enable row level security;
grant all on captionacc.caption_snapshots to service_role;

-- A second gathers the edits of a person who types, and of statements that change one row each.
create function captionacc.note_changed_captions() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    -- A deleted video takes its captions along; then there is nothing to write.
    insert into captionacc.caption_snapshots as s (video_id, tenant_id, due_at)
    select v.id, v.tenant_id, pg_catalog.clock_timestamp() + interval '1 second'
    from captionacc.videos v
    where v.id in (select video_id from changed_rows)
    order by v.id
    on conflict (video_id) do update set
        changes = s.changes + 1,
        due_at = case when s.written = s.changes then excluded.due_at else s.due_at end;
    return null;
end
$$;

-- A trigger with a table of changed rows is for one kind of statement only.
create trigger note_inserted_captions after insert on captionacc.captions
referencing new table as changed_rows
for each statement execute function captionacc.note_changed_captions();

create trigger note_updated_captions after update on captionacc.captions
referencing new table as changed_rows
for each statement execute function captionacc.note_changed_captions();

create trigger note_deleted_captions after delete on captionacc.captions
referencing old table as changed_rows
for each statement execute function captionacc.note_changed_captions();
