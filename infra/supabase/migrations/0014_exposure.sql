-- What the web app reaches without the gateway: PostgREST and Realtime.
--
-- PostgREST serves the schemas of its own list, which is a setting of the project and not of the
-- database: add captionacc to it (docs/deploy.md). Row level security and the grants of the former
-- files decide what a user sees there; anon has no access to the schema.

-- Realtime sends changes of the tables in this publication, to users who may read the row. The
-- other tables stay out: the lease of a running job changes every few seconds.
do $$
declare
    relation text;
begin
    -- Stock Postgres has no such publication, and one for all tables has these already.
    if exists (select from pg_publication where pubname = 'supabase_realtime' and not puballtables) then
        foreach relation in array array['videos', 'captions'] loop
            -- Someone may have switched it on in the dashboard.
            if not exists (
                select from pg_publication_tables
                where pubname = 'supabase_realtime' and schemaname = 'captionacc' and tablename = relation
            ) then
                execute format('alter publication supabase_realtime add table captionacc.%I', relation);
            end if;
        end loop;
    end if;
end
$$;

-- PostgREST offers every function that a role may execute. Postgres calls the functions of triggers
-- without asking for that right.
do $$
declare
    function regprocedure;
begin
    for function in
        select oid from pg_proc
        where pronamespace = 'captionacc'::regnamespace and prorettype = 'trigger'::regtype
    loop
        execute format('revoke all on function %s from public', function);
    end loop;
end
$$;

-- The services connect as the owner or as service_role; tables of later files are theirs too.
alter default privileges in schema captionacc grant all on tables to service_role;
alter default privileges in schema captionacc grant all on sequences to service_role;
