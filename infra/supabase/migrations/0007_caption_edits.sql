-- People correct captions: versions, exact times, notes, and the history of all corrections.

alter table captionacc.captions
    add column version bigint not null default 1,
    add column start_seconds double precision,
    add column end_seconds double precision,
    add column text_notes text check (char_length(text_notes) <= 20000),
    add column text_edited boolean not null default false,
    add column edited_by text,
    add column edited_at timestamptz,
    add check (start_seconds < end_seconds),
    -- One statement can move the boundary between two captions: rows are compared at its end.
    drop constraint captions_video_id_track_start_frame_key,
    drop constraint captions_video_id_track_end_frame_key,
    add unique (video_id, track, start_frame) deferrable initially immediate,
    add unique (video_id, track, end_frame) deferrable initially immediate;

comment on column captionacc.captions.version is 'Grows with every change of the row.';
comment on column captionacc.captions.start_seconds is
    'Exact time on the clock of the file; null: the time of start_frame on the grid.';
comment on column captionacc.captions.end_seconds is
    'Exact time on the clock of the file; null: the end of end_frame on the grid.';
comment on column captionacc.captions.text_edited is
    'A person typed the text, so OCR does not replace it.';
comment on column captionacc.captions.edited_by is
    'Id of the last user who changed the row; null also for rows that were edited before this column.';
comment on column captionacc.captions.edited_at is 'Null: no person touched the row.';

-- Texts that people typed or judged before there was a history. When they did so is unknown.
update captionacc.captions
set text_edited = text is not null and text is distinct from caption_ocr, edited_at = now()
where text_status is not null or (text is not null and text is distinct from caption_ocr);

create table captionacc.caption_changes (
    video_id uuid not null,
    number bigint not null,
    tenant_id uuid not null,
    cropped_frames_version integer not null,
    kind text not null,
    made_by text,
    made_at timestamptz not null default now(),
    undoes bigint,
    caption_ids bigint[] not null,
    before jsonb not null,
    after jsonb not null,
    primary key (video_id, number),
    foreign key (video_id, tenant_id) references captionacc.videos (id, tenant_id)
        on delete cascade,
    foreign key (video_id, undoes) references captionacc.caption_changes (video_id, number)
);
create index caption_changes_by_caption on captionacc.caption_changes using gin (caption_ids);

comment on table captionacc.caption_changes is
    'What people did to the captions of a video, in order. Changes made by jobs are not here.';
comment on column captionacc.caption_changes.made_by is 'Id of the user.';
comment on column captionacc.caption_changes.undoes is 'The change that this change takes back.';
comment on column captionacc.caption_changes.caption_ids is 'Ids of all rows in before and after.';
comment on column captionacc.caption_changes.before is
    'Rows of captions that the change removed or changed, as they were.';
comment on column captionacc.caption_changes.after is
    'Rows of captions that the change added or changed, as they became.';

create table captionacc.caption_change_counters (
    video_id uuid primary key references captionacc.videos on delete cascade,
    last_number bigint not null
);

-- Returns the number of the change. The counter's row stays locked until the caller's transaction
-- ends, so call it after the captions are written, and before append_event.
create function captionacc.append_caption_change(
    video uuid, tenant uuid, frames_version integer, change_kind text, user_id text,
    undone bigint, rows_before jsonb, rows_after jsonb
) returns bigint
language sql security definer set search_path = ''
as $$
    with counter as (
        insert into captionacc.caption_change_counters as c (video_id, last_number)
        values (video, 1)
        on conflict (video_id) do update set last_number = c.last_number + 1
        returning last_number
    )
    insert into captionacc.caption_changes (
        video_id, number, tenant_id, cropped_frames_version, kind, made_by, undoes, caption_ids,
        before, after
    )
    select
        video, last_number, tenant, frames_version, change_kind, user_id, undone,
        array(
            select distinct (caption ->> 'id')::bigint
            from pg_catalog.jsonb_array_elements(rows_before || rows_after) as caption order by 1
        ),
        rows_before, rows_after
    from counter
    returning number
$$;
revoke all on function captionacc.append_caption_change from public;

-- Every change of a row, by whomever, makes the version that others have seen stale. What the web
-- app writes by itself also says who wrote it. The function runs in the role of the writer.
create function captionacc.grow_caption_version() returns trigger
language plpgsql set search_path = ''
as $$
begin
    new.version := old.version + 1;
    if current_user = 'authenticated' then
        if new.state = 'gap' then
            raise sqlstate 'PT409' using
                message = format('Caption %s is a gap, which has no text.', new.id),
                hint = 'Add a caption into the gap first.';
        end if;
        new.text_edited := old.text_edited or new.text is distinct from old.text;
        new.edited_by := auth.jwt() ->> 'sub';
        new.edited_at := now();
    end if;
    return new;
end
$$;

create trigger grow_caption_version before update on captionacc.captions
for each row when (old.* is distinct from new.*)
execute function captionacc.grow_caption_version();

-- The history and the event of what the web app writes by itself, as the gateway writes them for
-- the changes that come through it. PostgREST answers with 409 for the state PT409.
create function captionacc.record_direct_edit() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
    edited record;
    job uuid;
    change bigint;
    -- Events come last, for the reason given at append_event.
    events jsonb[] := '{}';
    event jsonb;
begin
    for edited in
        select
            n.video_id, n.tenant_id, n.cropped_frames_version,
            jsonb_agg(n.id order by n.id) as ids,
            jsonb_agg(n.version order by n.id) as versions,
            jsonb_agg(to_jsonb(o) - 'video_id' - 'tenant_id' order by n.id) as before,
            jsonb_agg(to_jsonb(n) - 'video_id' - 'tenant_id' order by n.id) as after
        from new_rows n join old_rows o using (id)
        where n.version <> o.version
        group by n.video_id, n.tenant_id, n.cropped_frames_version
        order by n.tenant_id, n.video_id
    loop
        select job_id into job from captionacc.database_locks
        where video_id = edited.video_id and database_name = 'captions' and kind = 'crop_and_infer';
        if found then
            raise sqlstate 'PT409' using
                message = format('The captions of the video are locked by job %s.', job),
                hint = 'Wait for the job or cancel it.';
        end if;
        change := captionacc.append_caption_change(
            edited.video_id, edited.tenant_id, edited.cropped_frames_version, 'update',
            auth.jwt() ->> 'sub', null, edited.before, edited.after
        );
        events := events || jsonb_build_object(
            'tenant_id', edited.tenant_id, 'video_id', edited.video_id, 'data', jsonb_build_object(
                'caption_ids', edited.ids, 'versions', edited.versions, 'removed_ids', '[]'::jsonb,
                'change', change
            )
        );
    end loop;
    foreach event in array events loop
        perform captionacc.append_event(
            (event ->> 'tenant_id')::uuid, (event ->> 'video_id')::uuid, null, 'captions.changed',
            event -> 'data'
        );
    end loop;
    return null;
end
$$;

create trigger record_direct_edit after update on captionacc.captions
referencing old table as old_rows new table as new_rows
for each statement when (current_user = 'authenticated')
execute function captionacc.record_direct_edit();

grant update (text_notes) on captionacc.captions to authenticated;

alter table captionacc.caption_change_counters enable row level security;
alter table captionacc.caption_changes enable row level security;
create policy tenant_reads on captionacc.caption_changes for select to authenticated
    using (tenant_id = (select captionacc.current_tenant_id()));
grant select on captionacc.caption_changes to authenticated;
grant all on captionacc.caption_changes, captionacc.caption_change_counters to service_role;
grant execute on function captionacc.append_caption_change to service_role;
