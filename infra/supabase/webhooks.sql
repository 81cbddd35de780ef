-- The database webhook for new videos. Safe to run again.
-- The migrate command sets both settings from WEBHOOK_URL and WEBHOOK_SECRET. The secret goes to Vault alone.

do $$
declare
    known uuid;
begin
    select id into known from vault.secrets where name = 'captionacc_webhook_secret';
    if known is null then
        perform vault.create_secret(
            current_setting('captionacc.webhook_secret'), 'captionacc_webhook_secret',
            'Signs the webhook that tells the gateway of new videos'
        );
    else
        perform vault.update_secret(known, current_setting('captionacc.webhook_secret'));
    end if;
    if to_regprocedure('net.http_post(text, jsonb, jsonb, jsonb, integer)') is null then
        raise undefined_function using message = 'the function net.http_post does not exist';
    end if;
    execute format(
        $trigger$
        create or replace trigger captionacc_videos_insert
        after insert on captionacc.videos
        for each row execute function captionacc.post_inserted_row(%L)
        $trigger$,
        current_setting('captionacc.webhook_url')
    );
end
$$;
