-- One-time links that sign a browser in. Only the gateway reads this table: users and the web app have no rights to it.

create table captionacc.sign_in_links (
    code_digest bytea primary key check (octet_length(code_digest) = 32),
    sealed_token bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index sign_in_links_by_expiry on captionacc.sign_in_links (expires_at);

comment on table captionacc.sign_in_links is
    'A row is one link. It goes when the link is used, and some time after it has expired.';
comment on column captionacc.sign_in_links.code_digest is 'SHA-256 of the code in the link.';
comment on column captionacc.sign_in_links.sealed_token is
    'The user token, encrypted with the code. The database alone opens nothing.';

alter table captionacc.sign_in_links enable row level security;
grant all on captionacc.sign_in_links to service_role;
