-- Supabase's roles and auth.jwt(), which stock Postgres lacks. Safe to run again.

do $$
declare
    role_name text;
begin
    foreach role_name in array array['anon', 'authenticated', 'service_role'] loop
        begin
            execute format(
                'create role %I nologin%s', role_name,
                case role_name when 'service_role' then ' bypassrls' else '' end
            );
        exception
            -- Roles belong to the whole cluster: the set-up of another database may have just created this role.
            when duplicate_object or unique_violation then null;
        end;
    end loop;
end
$$;

create schema if not exists auth;
grant usage on schema auth to anon, authenticated, service_role;

create or replace function auth.jwt() returns jsonb
language sql stable
as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')
    )::jsonb
$$;
