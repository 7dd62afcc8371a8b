-- The whole schema, for reading: what all migrations together make. A server applies only those.

CREATE TABLE object (
    id integer primary key,
    name text not null unique
);

CREATE TABLE status (
    id integer primary key,
    object_id integer not null references object (id),
    name text not null,
    unique (object_id, name)
);

CREATE TABLE model (
    id integer primary key,
    object_id integer not null references object (id),
    fingerprint text not null,
    definition text not null,
    created_at integer not null,
    unique (object_id, fingerprint)
);

CREATE TABLE instance (
    id integer primary key,
    token text not null unique,
    model_id integer not null references model (id),
    created_at integer not null,
    deadline integer not null,
    silence integer,
    due_at integer not null,
    set_ids text not null default '[]',
    finished_at integer,
    finish_reason text,
    check ((finished_at is null) = (finish_reason is null))
);

CREATE INDEX instance_open_due_at on instance (due_at) where finished_at is null;

CREATE TABLE event (
    id integer primary key,
    instance_id integer not null references instance (id),
    status_id integer not null references status (id),
    message text not null,
    created_at integer not null,
    unique (instance_id, status_id)
);

CREATE TABLE global_status (
    id integer primary key,
    name text not null,
    message text not null,
    created_at integer not null
);

CREATE INDEX instance_listed on instance (model_id, finish_reason, created_at);

CREATE TABLE timeout (
    id integer primary key,
    instance_id integer not null unique references instance (id)
);

CREATE TRIGGER instance_timed_out after update of finish_reason on instance
when old.finish_reason is null and new.finish_reason = 'TIMEOUT'
begin
    insert into timeout (instance_id) values (new.id);
end;

CREATE TABLE idempotency_key (
    key blob primary key,
    body blob not null,
    token text not null,
    created_at integer not null
) without rowid;

CREATE INDEX idempotency_key_created_at on idempotency_key (created_at);
