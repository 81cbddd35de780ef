-- What the web app writes by itself. 1,024 bytes is S3's own limit on a key.
alter table captionacc.videos add check (octet_length(storage_key) <= 1024);
alter table captionacc.captions add check (char_length(text) <= 20000);
