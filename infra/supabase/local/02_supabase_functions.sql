-- Stand-in for Supabase's database webhooks (supabase_functions over pg_net). Safe to run again.
-- The queue is unlogged, like pg_net's: when the server crashes, unsent requests are lost.

create schema if not exists supabase_functions;

create unlogged table if not exists supabase_functions.outbox (
    id bigint generated always as identity primary key,
    url text not null,
    method text not null,
    headers jsonb not null,
    body text not null,
    timeout_ms integer not null,
    created_at timestamptz not null default now()
);

create table if not exists supabase_functions.hooks (
    id bigint generated always as identity primary key,
    hook_table_id integer not null,
    hook_name text not null,
    created_at timestamptz not null default now(),
    request_id bigint
);

create or replace function supabase_functions.http_request() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
    url text := tg_argv[0];
    method text := tg_argv[1];
    headers jsonb := coalesce(nullif(tg_argv[2], 'null'), '{"Content-Type": "application/json"}')::jsonb;
    timeout_ms integer := coalesce(nullif(tg_argv[4], 'null'), '1000')::integer;
    request_id bigint;
begin
    if coalesce(url, 'null') = 'null' then
        raise exception 'url argument is missing';
    end if;
    if coalesce(method, 'null') <> 'POST' then
        raise exception 'The local stand-in for Supabase webhooks supports only POST; change the webhook, which uses %.', method;
    end if;
    insert into supabase_functions.outbox (url, method, headers, body, timeout_ms)
    values (
        url, method, headers,
        jsonb_build_object(
            'old_record', old, 'record', new, 'type', tg_op,
            'table', tg_table_name, 'schema', tg_table_schema
        )::text,
        timeout_ms
    )
    returning id into request_id;
    insert into supabase_functions.hooks (hook_table_id, hook_name, request_id)
    values (tg_relid, tg_name, request_id);
    perform pg_notify('supabase_functions_outbox', '');
    return new;
end
$$;
