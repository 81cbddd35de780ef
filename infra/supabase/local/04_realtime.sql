-- Supabase's publication for Realtime, which stock Postgres lacks. Safe to run again.
-- Nothing subscribes to it here: it shows which tables Realtime would send.

do $$
begin
    -- Postgres warns that its log lacks what subscribers need.
    set local client_min_messages = error;
    if not exists (select from pg_publication where pubname = 'supabase_realtime') then
        create publication supabase_realtime;
    end if;
end
$$;
