-- A video has up to four tracks: places of captions. Rows from before this migration have one track,
-- number 1, and keep working. RLS and the grants on the tables cover the new columns: a tenant reads
-- them, and only the services write them.

alter table captionacc.captions
    add column track integer not null default 1 check (track between 1 and 4),
    drop constraint captions_video_id_start_frame_key,
    drop constraint captions_video_id_end_frame_key,
    add unique (video_id, track, start_frame),
    add unique (video_id, track, end_frame);

comment on column captionacc.captions.track is
    'The place that the caption is in. The rows of each track cover all frames of the video once.';

alter table captionacc.videos
    add column start_seconds double precision not null default 0,
    add column suggested_tracks jsonb not null default '[]',
    add column runner_up_tracks jsonb not null default '[]',
    add column tracks jsonb not null default '[]',
    add column notes jsonb not null default '[]';

comment on column captionacc.videos.start_seconds is
    'Time of the first picture (frame 0) on the clock of the file.';
comment on column captionacc.videos.suggested_tracks is
    'Places of captions, surest first. Empty in rows from before there were tracks: '
    'suggested_crop_region is then the only one.';
comment on column captionacc.videos.runner_up_tracks is
    'Places that may hold captions, but probably do not; surest first.';
comment on column captionacc.videos.tracks is
    'Approved crop region and writing direction of each track, in the order of the numbers of the tracks. '
    'Empty in rows from before there were tracks: crop_region is then the only one.';
comment on column captionacc.videos.crop_region is 'Approved region of the first track.';
comment on column captionacc.videos.suggested_crop_region is 'Region of the first suggested track.';
comment on column captionacc.videos.notes is
    'What a person should look at, as the processing of the video found it.';

alter table captionacc.cropped_frames_versions add column tracks jsonb not null default '[]';

comment on column captionacc.cropped_frames_versions.tracks is
    'Crop region and writing direction of each track, in the order of the numbers of the tracks. When '
    'the version becomes active, each track gets its cropped_frames_prefix, extents_key, chunk_count '
    'and total_bytes; the columns of these names have those of the first track.';
