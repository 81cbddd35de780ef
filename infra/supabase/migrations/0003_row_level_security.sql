-- A tenant reads its own rows. It inserts videos and edits the text of captions; all else is written
-- by the services, which connect as the owner or as service_role.

create function captionacc.current_tenant_id() returns uuid
language sql stable
as $$
    select ((auth.jwt() -> 'app_metadata') ->> 'tenant_id')::uuid
$$;

grant usage on schema captionacc to authenticated, service_role;
grant all on all tables in schema captionacc to service_role;
grant all on all sequences in schema captionacc to service_role;
grant execute on function captionacc.append_event to service_role;

alter table captionacc.schema_migrations enable row level security;
alter table captionacc.event_counters enable row level security;

do $$
declare
    relation text;
begin
    foreach relation in array array[
        'videos', 'jobs', 'cropped_frames_versions', 'captions', 'usage_metrics', 'events'
    ] loop
        execute format('alter table captionacc.%I enable row level security', relation);
        -- The subselect makes the planner read the claims once a statement, not once a row.
        execute format(
            'create policy tenant_reads on captionacc.%I for select to authenticated
             using (tenant_id = (select captionacc.current_tenant_id()))',
            relation
        );
        execute format('grant select on captionacc.%I to authenticated', relation);
    end loop;
end
$$;

alter table captionacc.tenants enable row level security;
create policy tenant_reads on captionacc.tenants for select to authenticated
    using (id = (select captionacc.current_tenant_id()));
grant select on captionacc.tenants, captionacc.database_locks to authenticated;

create policy tenant_uploads on captionacc.videos for insert to authenticated
    with check (tenant_id = (select captionacc.current_tenant_id()));
grant insert (id, tenant_id, display_name, size_bytes, language, storage_key)
    on captionacc.videos to authenticated;

create policy tenant_edits_text on captionacc.captions for update to authenticated
    using (tenant_id = (select captionacc.current_tenant_id()))
    with check (tenant_id = (select captionacc.current_tenant_id()));
grant update (text, text_status) on captionacc.captions to authenticated;
