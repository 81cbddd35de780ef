-- A video that has begun goes on before another begins, and the one that was asked for first goes on first. The jobs carry
-- that time, so that an index has them in this order.

alter table captionacc.jobs add column video_requested_at timestamptz;
comment on column captionacc.jobs.video_requested_at is
    'When the first job of the video was requested. Null in jobs that had ended before this column was added.';

update captionacc.jobs j set video_requested_at = (
    select min(f.requested_at) from captionacc.jobs f where f.video_id = j.video_id
)
where j.state in ('queued', 'running');

create function captionacc.note_first_request() returns trigger
language plpgsql set search_path = ''
as $$
begin
    new.video_requested_at := least(
        new.requested_at,
        (select min(f.requested_at) from captionacc.jobs f where f.video_id = new.video_id)
    );
    return new;
end
$$;
revoke all on function captionacc.note_first_request from public;
create trigger note_first_request before insert on captionacc.jobs
    for each row execute function captionacc.note_first_request();

create index jobs_that_go_on on captionacc.jobs
    (tenant_id, static_score, ageing, video_requested_at, requested_at, id)
    where state = 'queued' and kind in ('crop_and_infer', 'captions_ocr', 'caption_ocr');
