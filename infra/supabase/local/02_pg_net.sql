-- Stand-in for Supabase's extension pg_net. Safe to run again.
-- The queue is unlogged, like pg_net's: when the server crashes, unsent requests are lost.

-- Stacks of earlier versions have a stand-in for another function.
drop schema if exists supabase_functions cascade;

create schema if not exists net;

create unlogged table if not exists net.http_request_queue (
    id bigint generated always as identity primary key,
    method text not null,
    url text not null,
    headers jsonb not null,
    body bytea,
    timeout_milliseconds integer not null
);

create or replace function net.http_post(
    url text,
    body jsonb default '{}',
    params jsonb default '{}',
    headers jsonb default '{"Content-Type": "application/json"}',
    timeout_milliseconds integer default 5000
) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
    request_id bigint;
begin
    if params <> '{}' then
        raise exception 'The local stand-in for pg_net supports no params; put them into the url.';
    end if;
    insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
    values ('POST', url, headers, convert_to(body::text, 'UTF8'), timeout_milliseconds)
    returning id into request_id;
    perform pg_notify('net_http_request_queue', '');
    return request_id;
end
$$;

-- As in pg_net: every role may read what waits to be sent, so no request may carry a secret.
grant usage on schema net to public;
grant all on all tables in schema net to public;
grant all on all sequences in schema net to public;
