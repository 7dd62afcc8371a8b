-- What was done for a call that came with a key, so that it is not done twice. Both are hashes.
create table idempotency_key (
    key blob primary key,
    body blob not null,
    token text not null,
    created_at integer not null
) without rowid;

create index idempotency_key_created_at on idempotency_key (created_at);
