-- The schema, and the table in which captionacc-migrate notes the files that it applied. Everything
-- here may exist: databases that were migrated before this file have both.

create schema if not exists captionacc;

create table if not exists captionacc.schema_migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
);

-- Supabase's command knows only its own table, so in such a database it would apply the later files
-- again. captionacc-migrate notes them in both tables, and says here that it does.
do $$
begin
    if current_setting('captionacc.applied_by', true) is distinct from 'captionacc-migrate'
        and exists (select from captionacc.schema_migrations) then
        raise exception 'captionacc-migrate has applied migrations here that Supabase''s command does not know of. Run captionacc-migrate once; after that supabase db push works.';
    end if;
end
$$;
