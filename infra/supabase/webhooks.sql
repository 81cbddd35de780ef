-- The database webhook for new videos, as Supabase's dashboard would create it. Safe to run again.
-- The migrate command sets both settings from WEBHOOK_URL and WEBHOOK_SECRET.

do $$
begin
    execute format(
        $trigger$
        create or replace trigger captionacc_videos_insert
        after insert on captionacc.videos
        for each row execute function supabase_functions.http_request(%L, 'POST', %L, '{}', '5000')
        $trigger$,
        current_setting('captionacc.webhook_url'),
        json_build_object(
            'Content-Type', 'application/json',
            'Authorization', 'Bearer ' || current_setting('captionacc.webhook_secret')
        )::text
    );
end
$$;
