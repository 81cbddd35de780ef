-- People work on a video together: who has it open, what reviewers decided, comments, and the names
-- of users.

-- No foreign key: a person may come before the first video makes the row of the tenant.
create table captionacc.people (
    tenant_id uuid not null,
    user_id uuid not null,
    name text check (char_length(name) <= 200),
    email text check (char_length(email) <= 320),
    noted_at timestamptz not null default now(),
    primary key (tenant_id, user_id)
);
comment on table captionacc.people is
    'Names of users as their tokens have them, to show beside what they did. They prove nothing.';

-- Unlogged, since a visit lasts seconds: after a crash of the server, pages tell of theirs again.
create unlogged table captionacc.visits (
    tenant_id uuid not null,
    user_id uuid not null,
    tab uuid not null,
    video_id uuid not null,
    view text,
    caption_id bigint,
    working boolean not null,
    began_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (tenant_id, user_id, tab),
    foreign key (video_id, tenant_id) references captionacc.videos (id, tenant_id) on delete cascade
);
create index visits_by_video on captionacc.visits (video_id);
comment on table captionacc.visits is 'Who has a video open now. The page renews its row.';

create table captionacc.reviews (
    video_id uuid not null,
    number bigint not null,
    tenant_id uuid not null,
    state text not null check (state in ('requested', 'accepted', 'sent_back', 'reopened')),
    made_by uuid not null,
    made_at timestamptz not null default now(),
    comment text check (char_length(comment) <= 5000),
    last_change bigint not null,
    cropped_frames_version integer,
    primary key (video_id, number),
    foreign key (video_id, tenant_id) references captionacc.videos (id, tenant_id) on delete cascade
);
comment on table captionacc.reviews is
    'The steps of the review of a video, in order; the last one is in force.';
comment on column captionacc.reviews.last_change is
    'The latest change in the history of the captions then; 0: people had changed nothing.';

create table captionacc.comments (
    id bigint generated always as identity primary key,
    video_id uuid not null,
    tenant_id uuid not null,
    caption_id bigint,
    track integer,
    start_frame integer,
    end_frame integer,
    text text not null check (char_length(text) between 1 and 5000),
    made_by uuid not null,
    made_at timestamptz not null default now(),
    edited_at timestamptz,
    resolved_by uuid,
    resolved_at timestamptz,
    foreign key (video_id, tenant_id) references captionacc.videos (id, tenant_id) on delete cascade
);
create index comments_by_video on captionacc.comments (video_id, id);
comment on column captionacc.comments.caption_id is
    'Null: the comment is on the whole video. No foreign key, since the comment outlives the caption.';
comment on column captionacc.comments.start_frame is
    'The frames of the caption when the comment was made.';

-- As in 0007, and the event says who changed the captions.
create or replace function captionacc.record_direct_edit() returns trigger
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
                'change', change, 'kind', 'update', 'made_by', auth.jwt() ->> 'sub'
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

do $$
declare
    relation text;
begin
    foreach relation in array array['people', 'visits', 'reviews', 'comments'] loop
        execute format('alter table captionacc.%I enable row level security', relation);
        execute format(
            'create policy tenant_reads on captionacc.%I for select to authenticated
             using (tenant_id = (select captionacc.current_tenant_id()))',
            relation
        );
        execute format('grant select on captionacc.%I to authenticated', relation);
    end loop;
end
$$;
