-- The webhook for new videos, without its secret in any definition, queue or dump.
--
-- Every SQL role can read the arguments of a trigger (pg_get_triggerdef), and pg_net grants its queue, with the headers of
-- waiting requests, to every role. So the secret stays in Vault, and the request carries a signature instead.

-- HMAC-SHA-256 as RFC 2104 defines it. The function sha256 is part of Postgres, whereas pgcrypto is an extension.
create function captionacc.hmac_sha256(key bytea, message bytea) returns bytea
language plpgsql immutable strict parallel safe set search_path = ''
as $$
declare
    block bytea := decode(repeat('00', 64), 'hex');
    inner_pad bytea := decode(repeat('36', 64), 'hex');
    outer_pad bytea := decode(repeat('5c', 64), 'hex');
    octet integer;
begin
    if length(key) > 64 then
        key := sha256(key);
    end if;
    block := overlay(block placing key from 1);
    for place in 0..63 loop
        octet := get_byte(block, place);
        inner_pad := set_byte(inner_pad, place, octet # 54);
        outer_pad := set_byte(outer_pad, place, octet # 92);
    end loop;
    return sha256(outer_pad || sha256(inner_pad || message));
end
$$;

-- The trigger function: posts the inserted row to the address in the trigger's argument. The header
-- X-CaptionAcc-Signature is `t=SECONDS,v1=HEX`, where HEX is the HMAC of "SECONDS.BODY".
-- It runs as its owner, because users insert videos and must not read Vault.
create function captionacc.post_inserted_row() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
    secret text;
    body jsonb;
    seconds text := extract(epoch from clock_timestamp())::bigint::text;
    signature bytea;
begin
    select decrypted_secret into secret
    from vault.decrypted_secrets where name = 'captionacc_webhook_secret';
    if secret is null then
        -- The row counts more than its webhook: the reconciler finds videos whose webhook was lost.
        raise warning 'Vault has no secret captionacc_webhook_secret, so no webhook is sent; run captionacc-migrate with WEBHOOK_SECRET.';
        return new;
    end if;
    body := jsonb_build_object(
        'old_record', null, 'record', new, 'type', tg_op,
        'table', tg_table_name, 'schema', tg_table_schema
    );
    signature := captionacc.hmac_sha256(
        convert_to(secret, 'UTF8'), convert_to(seconds || '.' || body::text, 'UTF8')
    );
    perform net.http_post(
        url => tg_argv[0],
        body => body,
        params => '{}'::jsonb,
        headers => jsonb_build_object(
            'Content-Type', 'application/json',
            'X-CaptionAcc-Signature', 't=' || seconds || ',v1=' || encode(signature, 'hex')
        ),
        timeout_milliseconds => 5000
    );
    return new;
end
$$;

-- A role that may execute it could attach it to a table of its own and have texts of its choice signed.
revoke all on function captionacc.post_inserted_row() from public;
